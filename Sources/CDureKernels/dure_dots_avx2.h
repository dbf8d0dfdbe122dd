/* Multiplications of sixteen lanes in two registers. */

#include <immintrin.h>

INLINE __m256i low_half(i16v x) {
    return (__m256i)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
}

INLINE __m256i high_half(i16v x) {
    return (__m256i)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}

INLINE i16v both_halves(__m256i low, __m256i high) {
    typedef int32_t i8v __attribute__((vector_size(32)));
    return __builtin_shufflevector((i8v)low, (i8v)high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

INLINE i16v pairs_of_halves(i16v x, i16v y) {
    return both_halves(_mm256_madd_epi16(low_half(x), low_half(y)), _mm256_madd_epi16(high_half(x), high_half(y)));
}

INLINE i16v pairs_of_bytes(i16v x, i16v y) {
    return both_halves(_mm256_maddubs_epi16(low_half(x), low_half(y)),
                       _mm256_maddubs_epi16(high_half(x), high_half(y)));
}

#include "dure_dots_pairs.h"
