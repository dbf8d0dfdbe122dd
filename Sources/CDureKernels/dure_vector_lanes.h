/* Sixteen lanes and what is done with them. Included once by each variant, after its target pragma; the compiler
 * turns a vector of 16 floats into as many registers as its target needs. */

#include "dure_bits.h"
#include "dure_definition.h"
#include "dure_kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* Before a loop whose counter names registers: left to itself the compiler may keep an array of sums in memory, and
 * store all of it in every step. */
#define UNROLLED _Pragma("clang loop unroll(full)")

#define INLINE static inline __attribute__((always_inline))

typedef float f16v __attribute__((vector_size(64)));
typedef int32_t i16v __attribute__((vector_size(64)));
typedef uint32_t u16v __attribute__((vector_size(64)));
typedef float f4v __attribute__((vector_size(16)));
/* As they may lie in memory: at any address. */
typedef float f16u __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint16_t h16u __attribute__((vector_size(32), aligned(1), may_alias));
typedef _Float16 half16 __attribute__((vector_size(32)));

INLINE f16v splat(float x) { return (f16v){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

INLINE f16v fma16(f16v x, f16v y, f16v z) { return __builtin_elementwise_fma(x, y, z); }

INLINE f16v load(const float *from) { return *(const f16u *)from; }

INLINE void store(float *to, f16v x) { *(f16u *)to = x; }

/* The first `count` < 16 floats, the rest 0. */
INLINE f16v load_first(const float *from, int64_t count) {
    f16v x = {0};
    memcpy(&x, from, (size_t)count * sizeof *from);
    return x;
}

INLINE void store_first(float *to, f16v x, int64_t count) { memcpy(to, &x, (size_t)count * sizeof *to); }

INLINE int64_t element_bytes(dure_element element) { return element == DURE_F32 ? 4 : 2; }

INLINE f16v widen16(h16u bits, dure_element element) {
    if (element == DURE_BF16) return (f16v)(__builtin_convertvector(bits, u16v) << 16);
    return __builtin_convertvector((half16)bits, f16v);
}

/* Sixteen weights; `element` is a constant wherever this is inlined. */
INLINE f16v load_weights(const char *from, dure_element element) {
    if (element == DURE_F32) return *(const f16u *)from;
    return widen16(*(const h16u *)from, element);
}

INLINE f16v load_first_weights(const char *from, dure_element element, int64_t count) {
    f16v wide = {0};
    h16u narrow = {0};
    if (element == DURE_F32) {
        memcpy(&wide, from, (size_t)count * 4);
        return wide;
    }
    memcpy(&narrow, from, (size_t)count * 2);
    return widen16(narrow, element);
}

/* The lanes' tree for four sums at once: in each step, halves are added that stand side by side after it. */
INLINE f4v sums_of_lanes(f16v a, f16v b, f16v c, f16v d) {
    const f16v ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
                    __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const f16v cd = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
                    __builtin_shufflevector(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const f16v fours = __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
                       __builtin_shufflevector(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const f16v twos =
        fours + __builtin_shufflevector(fours, fours, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    const f16v ones = twos + __builtin_shufflevector(twos, twos, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    return __builtin_shufflevector(ones, ones, 0, 4, 8, 12);
}

INLINE float sum_of_lanes(f16v a) { return sums_of_lanes(a, a, a, a)[0]; }

INLINE f16v select16(i16v condition, f16v x, f16v y) {
    return (f16v)((condition & (i16v)x) | (~condition & (i16v)y));
}

INLINE f16v exponential(f16v x) {
    const f16v shifted = fma16(x, splat(DURE_EXP_PER_LN2), splat(DURE_EXP_MAGIC));
    const f16v n = shifted - splat(DURE_EXP_MAGIC);
    f16v r = fma16(n, splat(-DURE_EXP_LN2_HIGH), x);
    r = fma16(n, splat(-DURE_EXP_LN2_LOW), r);
    f16v p = splat(DURE_EXP_C6);
    p = fma16(p, r, splat(DURE_EXP_C5));
    p = fma16(p, r, splat(DURE_EXP_C4));
    p = fma16(p, r, splat(DURE_EXP_C3));
    p = fma16(p, r, splat(DURE_EXP_C2));
    const f16v value = splat(1.0f) + fma16(p, r * r, r);
    /* The low bits of `shifted` are n; outside the thresholds, where they may be anything, the result is replaced. */
    const u16v bits = (u16v)shifted - (u16v)splat(DURE_EXP_MAGIC);
    f16v result = value * (f16v)((bits + 127) << 23);
    result = select16(x < splat(DURE_EXP_LOWEST), splat(0), result);
    result = select16(x > splat(DURE_EXP_HIGHEST), splat(INFINITY), result);
    return select16(x != x, x, result);
}
