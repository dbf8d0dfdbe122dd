/* Products with packed weights: the definition. */

#include "dure_scalar_numbers.h"
#include "dure_variants.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

static const unsigned char *panel_of(dure_packed w, int64_t output) {
    const int64_t panel = output / dure_panel_outputs(w.format);
    return (const unsigned char *)w.base + panel * dure_panel_bytes(w.format, w.inputs);
}

static float packed_bf16_at(const unsigned char *panel, int64_t slot, int64_t t) {
    uint16_t half;
    memcpy(&half, panel + t / 2 * 256 + slot * 4 + t % 2 * 2, sizeof half);
    return from_bf16(half);
}

static int32_t packed_int8_at(const unsigned char *panel, int64_t slot, int64_t t) {
    return (int32_t)panel[t / 4 * 256 + slot * 4 + t % 4] - 128;
}

static float packed_int8_scale(const unsigned char *panel, int64_t slot, int64_t inputs) {
    float scale;
    memcpy(&scale, panel + dure_padded_inputs(DURE_PACKED_INT8, inputs) * 64 + slot * 4, sizeof scale);
    return scale;
}

static int32_t packed_int4_at(const unsigned char *group, int64_t slot, int64_t t) {
    const unsigned char pair = group[t / 8 * 128 + slot * 4 + t % 4];
    return (int32_t)(t % 8 < 4 ? pair & 15 : pair >> 4) - 8;
}

static float packed_int4_scale(const unsigned char *group, int64_t slot, int64_t size) {
    uint16_t half;
    memcpy(&half, group + size * 16 + slot * 2, sizeof half);
    return from_bf16(half);
}

void dure_unpack_output(float *out, dure_packed w, int64_t output) {
    const unsigned char *panel = panel_of(w, output);
    const int64_t slot = output % dure_panel_outputs(w.format);
    const int64_t size = dure_input_step(w.format);
    for (int64_t t = 0; t < w.inputs; t++) {
        switch (w.format) {
        case DURE_PACKED_BF16: out[t] = packed_bf16_at(panel, slot, t); break;
        case DURE_PACKED_INT8:
            out[t] = (float)packed_int8_at(panel, slot, t) * packed_int8_scale(panel, slot, w.inputs);
            break;
        case DURE_PACKED_INT4_G32:
        case DURE_PACKED_INT4_G64: {
            const unsigned char *group = panel + t / size * (size * 16 + 64);
            out[t] = (float)packed_int4_at(group, slot, t % size) * packed_int4_scale(group, slot, size);
            break;
        }
        }
    }
}

static float sum_of_bf16(const float *in, const unsigned char *panel, int64_t slot, int64_t k) {
    float sum = 0;
    for (int64_t first = 0; first < k; first += DURE_PACKED_BLOCK) {
        const int64_t end = k - first < DURE_PACKED_BLOCK ? k : first + DURE_PACKED_BLOCK;
        float block = 0;
        for (int64_t t = first; t < end; t++) block = fmaf(in[t], packed_bf16_at(panel, slot, t), block);
        sum = first == 0 ? block : sum + block;
    }
    return sum;
}

/* The sum is exact; then the weights' scale, then the activations'. */
static float sum_of_int8(const int8_t *in, float in_scale, const unsigned char *panel, int64_t slot, int64_t k) {
    int32_t sum = 0;
    for (int64_t t = 0; t < k; t++) sum += in[t] * packed_int8_at(panel, slot, t);
    return (float)sum * packed_int8_scale(panel, slot, k) * in_scale;
}

/* A group's sum is exact; it takes the activations' scale, and is added with the weights' in one fma, in order. */
static float sum_of_int4(const int8_t *in, const float *in_scales, const unsigned char *panel, int64_t slot,
                          int64_t groups, int64_t size) {
    float total = 0;
    for (int64_t g = 0; g < groups; g++) {
        const unsigned char *group = panel + g * (size * 16 + 64);
        int32_t sum = 0;
        for (int64_t t = 0; t < size; t++) sum += in[g * size + t] * packed_int4_at(group, slot, t);
        total = fmaf((float)sum * in_scales[g], packed_int4_scale(group, slot, size), total);
    }
    return total;
}

void dure_scalar_product_quantized(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows,
                                   dure_packed w, int64_t m) {
    const int64_t outputs = dure_panel_outputs(w.format);
    assert(w.inputs <= DURE_MOST_INPUTS && in.groups == dure_groups(w.format, w.inputs));
    for (int64_t i = 0; i < m; i++) {
        const int64_t row = in_rows != NULL ? in_rows[i] : i;
        const int8_t *values = in.values + row * in.stride;
        const float *scales = in.scales + row * in.groups;
        for (int64_t j = 0; j < w.outputs; j++) {
            float *to = out + i * out_stride + j;
            if (w.format == DURE_PACKED_INT8) {
                *to = sum_of_int8(values, scales[0], panel_of(w, j), j % outputs, w.inputs);
            } else {
                *to = sum_of_int4(values, scales, panel_of(w, j), j % outputs, in.groups, dure_input_step(w.format));
            }
        }
    }
}

void dure_scalar_product_bf16(float *out, int64_t out_stride, const float *in, int64_t in_stride,
                                const int32_t *in_rows, dure_packed w, int64_t m) {
    assert(w.format == DURE_PACKED_BF16);
    for (int64_t i = 0; i < m; i++) {
        const float *row = in + (in_rows != NULL ? in_rows[i] : i) * in_stride;
        for (int64_t j = 0; j < w.outputs; j++) {
            out[i * out_stride + j] = sum_of_bf16(row, panel_of(w, j), j % 64, w.inputs);
        }
    }
}
