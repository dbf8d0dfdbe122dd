/* Sums of four products of bytes in each of 16 lanes, by the instruction that is made for them. */

#include <immintrin.h>

/* sums + the four products of unsigned weights with signed values. */
INLINE i16v dot_bytes(i16v sums, i16v weights, i16v values) {
    return (i16v)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)weights, (__m512i)values);
}

#include "dure_dots_quads.h"
