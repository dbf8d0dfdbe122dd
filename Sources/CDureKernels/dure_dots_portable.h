/* Sums of four products of bytes in each of 16 lanes, for every target. */

/* sums + the four products of unsigned weights with signed values. */
INLINE i16v dot_bytes(i16v sums, i16v weights, i16v values) {
    for (int byte = 0; byte < 4; byte++) {
        const i16v weight = (i16v)((u16v)weights >> (uint32_t)(8 * byte) & 255);
        const i16v value = (i16v)((u16v)values << (uint32_t)(24 - 8 * byte)) >> 24;
        sums = sums + weight * value;
    }
    return sums;
}

#include "dure_dots_quads.h"
