#ifndef DURE_SCALAR_NUMBERS_H
#define DURE_SCALAR_NUMBERS_H

/* Numbers one by one: what the definitions are written in. */

#include "dure_bits.h"
#include "dure_definition.h"
#include "dure_kernels.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

static inline float from_half(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = (half >> 10) & 31;
    const uint32_t mantissa = half & 0x3ff;
    if (exponent == 31) return from_bits(sign | 0x7f800000 | mantissa << 13);
    if (exponent != 0) return from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
    /* Zero or subnormal: mantissa * 2^-24, which f32 holds exactly. */
    const float magnitude = (float)mantissa * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
}

static inline float weight_at(dure_weight w, int64_t row, int64_t column) {
    const int64_t index = row * w.stride + column;
    const unsigned char *base = w.base;
    uint32_t word;
    uint16_t half;
    switch (w.element) {
    case DURE_F32:
        memcpy(&word, base + index * 4, sizeof word);
        return from_bits(word);
    case DURE_BF16:
        memcpy(&half, base + index * 2, sizeof half);
        return from_bits((uint32_t)half << 16);
    case DURE_F16:
        memcpy(&half, base + index * 2, sizeof half);
        return from_half(half);
    }
    return 0;
}

static inline float sum_of_lanes(const float lanes[DURE_LANES]) {
    float sums[DURE_LANES];
    memcpy(sums, lanes, sizeof sums);
    for (int half = DURE_LANES / 2; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) sums[lane] = sums[lane] + sums[lane + half];
    }
    return sums[0];
}

#endif
