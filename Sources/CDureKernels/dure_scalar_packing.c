/* Weights into packed panels and back, and activations into bytes: the definition. */

#include "dure_scalar_numbers.h"
#include "dure_variants.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

static float rounded(float value, float inverse) {
    return fmaf(value, inverse, DURE_ROUNDING_MAGIC) - DURE_ROUNDING_MAGIC;
}

/* The bits of the largest magnitude: those of a NaN are above those of infinity, and those above every number's. */
static uint32_t largest_bits(const float *values, int64_t count) {
    uint32_t largest = 0;
    for (int64_t t = 0; t < count; t++) {
        const uint32_t bits = bits_of(values[t]) & 0x7fffffff;
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

/* One group of activations: returns the sum of its integers. What is not finite makes the scale a NaN, and with it
 * every result of the row; the integers are then zeros. */
static int32_t quantize_group(int8_t *values, float *scale, const float *in, int64_t count) {
    const float largest = from_bits(largest_bits(in, count));
    const int is_zero = largest < DURE_LEAST_QUANTIZED;
    const float inverse = is_zero || !is_finite(largest) ? 0 : 127.0f / largest;
    *scale = !is_finite(largest) ? NAN : is_zero ? 0 : largest / 127.0f;
    int32_t sum = 0;
    for (int64_t t = 0; t < count; t++) {
        /* Not even what is no number comes through where the inverse is 0. */
        const int8_t q = inverse == 0 ? 0 : (int8_t)rounded(in[t], inverse);
        values[t] = q;
        sum += q;
    }
    return sum;
}

void dure_scalar_quantize(int8_t *values, int64_t padded, float *scales, int32_t *corrections, const float *in,
                          int64_t k, dure_format format) {
    const int64_t groups = dure_groups(format, k);
    const int64_t size = groups == 1 ? k : dure_input_step(format);
    assert(format != DURE_PACKED_BF16 && padded >= k);
    memset(values + k, 0, (size_t)(padded - k));
    for (int64_t g = 0; g < groups; g++) {
        const int64_t first = g * size;
        const int64_t count = k - first < size ? k - first : size;
        const int32_t sum = quantize_group(values + first, scales + g, in + first, count);
        corrections[g] = -dure_weight_excess(format) * sum;
    }
}

static void pack_bf16(unsigned char *panel, const float *row, int64_t slot, int64_t padded) {
    for (int64_t t = 0; t < padded; t++) {
        const uint16_t half = to_bf16(row[t]);
        memcpy(panel + t / 2 * 256 + slot * 4 + t % 2 * 2, &half, sizeof half);
    }
}

static void pack_int8(unsigned char *panel, const float *row, int64_t slot, int64_t padded) {
    const float largest = from_bits(largest_bits(row, padded));
    const int is_zero = largest < DURE_LEAST_QUANTIZED;
    const float scale = is_zero ? 0 : largest / 127.0f;
    const float inverse = is_zero ? 0 : 127.0f / largest;
    memcpy(panel + padded * 64 + slot * 4, &scale, sizeof scale);
    for (int64_t t = 0; t < padded; t++) {
        const int32_t q = (int32_t)rounded(row[t], inverse);
        panel[t / 4 * 256 + slot * 4 + t % 4] = (unsigned char)(q + 128);
    }
}

static float int4_of(float value, float inverse) {
    const float q = rounded(value, inverse);
    return q < -8 ? -8 : q > 7 ? 7 : q;
}

/* The squared error of a group with this scale. */
static float int4_error(const float *group, int64_t size, float scale) {
    const float inverse = 1.0f / scale;
    float lanes[DURE_LANES] = {0};
    for (int64_t t = 0; t < size; t++) {
        const float error = fmaf(-int4_of(group[t], inverse), scale, group[t]);
        lanes[t % DURE_LANES] = fmaf(error, error, lanes[t % DURE_LANES]);
    }
    return sum_of_lanes(lanes);
}

/* The scale that fits the integers of `scale` best, or 0 if they are all 0. */
static float int4_refit(const float *group, int64_t size, float scale) {
    const float inverse = 1.0f / scale;
    float products[DURE_LANES] = {0};
    float squares[DURE_LANES] = {0};
    for (int64_t t = 0; t < size; t++) {
        const float q = int4_of(group[t], inverse);
        products[t % DURE_LANES] = fmaf(group[t], q, products[t % DURE_LANES]);
        squares[t % DURE_LANES] = fmaf(q, q, squares[t % DURE_LANES]);
    }
    const float square = sum_of_lanes(squares);
    return square == 0 ? 0 : from_bf16(to_bf16(sum_of_lanes(products) / square));
}

static float int4_searched_scale(const float *group, int64_t size, float extreme) {
    float best = from_bf16(to_bf16(extreme / -8.0f));
    float least = int4_error(group, size, best);
    for (int c = 0; c < DURE_SEARCH_CANDIDATES; c++) {
        const float divisor = DURE_SEARCH_FIRST + (float)c * DURE_SEARCH_STEP;
        const float scale = from_bf16(to_bf16(extreme / -divisor));
        const float error = int4_error(group, size, scale);
        best = error < least ? scale : best;
        least = error < least ? error : least;
    }
    const float fitted = int4_refit(group, size, best);
    return fitted != 0 && int4_error(group, size, fitted) < least ? fitted : best;
}

static float int4_scale(const float *group, int64_t size, int searches) {
    float lowest = 0;
    float highest = 0;
    for (int64_t t = 0; t < size; t++) {
        lowest = group[t] < lowest ? group[t] : lowest;
        highest = group[t] > highest ? group[t] : highest;
    }
    const float extreme = highest >= -lowest ? highest : lowest;
    if (highest < DURE_LEAST_QUANTIZED && -lowest < DURE_LEAST_QUANTIZED) return 0;
    return searches ? int4_searched_scale(group, size, extreme) : from_bf16(to_bf16(extreme / -8.0f));
}

static void pack_int4(unsigned char *panel, const float *row, int64_t slot, int64_t padded, int64_t size,
                      int searches) {
    for (int64_t g = 0; g < padded / size; g++) {
        const float *group = row + g * size;
        unsigned char *to = panel + g * (size * 16 + 64);
        const float scale = int4_scale(group, size, searches);
        const float inverse = scale == 0 ? 0 : 1.0f / scale;
        const uint16_t half = to_bf16(scale);
        memcpy(to + size * 16 + slot * 2, &half, sizeof half);
        for (int64_t t = 0; t < size; t += 8) {
            for (int64_t b = 0; b < 4; b++) {
                const int32_t low = (int32_t)int4_of(group[t + b], inverse) + 8;
                const int32_t high = (int32_t)int4_of(group[t + b + 4], inverse) + 8;
                to[t * 16 + slot * 4 + b] = (unsigned char)(low | high << 4);
            }
        }
    }
}

int64_t dure_scalar_pack(void *packed, dure_format format, dure_weight w, int64_t n, int64_t k, int searches,
                         float *scratch) {
    const int64_t outputs = dure_panel_outputs(format);
    const int64_t padded = dure_padded_inputs(format, k);
    const int64_t bytes = dure_panel_bytes(format, k);
    for (int64_t j = 0; j < (n + outputs - 1) / outputs * outputs; j++) {
        unsigned char *panel = (unsigned char *)packed + j / outputs * bytes;
        const int64_t slot = j % outputs;
        for (int64_t t = 0; t < padded; t++) scratch[t] = j < n && t < k ? weight_at(w, j, t) : 0;
        const float largest = from_bits(largest_bits(scratch, padded));
        if (!is_finite(largest) || !is_finite(from_bf16(to_bf16(largest)))) return j;
        switch (format) {
        case DURE_PACKED_BF16: pack_bf16(panel, scratch, slot, padded); break;
        case DURE_PACKED_INT8: pack_int8(panel, scratch, slot, padded); break;
        case DURE_PACKED_INT4_G32:
        case DURE_PACKED_INT4_G64:
            pack_int4(panel, scratch, slot, padded, dure_input_step(format), searches);
            break;
        }
    }
    return -1;
}
