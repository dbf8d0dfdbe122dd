/* Sums of four products of bytes in each of 16 lanes, by the instruction that is made for them. */

#include <immintrin.h>

/* sums + the four products of unsigned weights with signed values. */
INLINE i16v dot_bytes(i16v sums, i16v weights, i16v values) {
    return (i16v)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)weights, (__m512i)values);
}

/* Products of weights below 16 are added to the sums at once. */
enum { NIBBLE_RUN = 64 };
typedef i16v nibble_sums;

INLINE nibble_sums begin_nibbles(i16v sums) { return sums; }

INLINE nibble_sums add_nibbles(nibble_sums run, i16v low, i16v low_values, i16v high, i16v high_values) {
    return dot_bytes(dot_bytes(run, low, low_values), high, high_values);
}

INLINE i16v end_nibbles(i16v sums, nibble_sums run) {
    (void)sums;
    return run;
}
