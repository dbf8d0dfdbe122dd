/* The kernels as their definition: what every other variant computes, bit for bit, only faster. */

#include "dure_definition.h"
#include "dure_scalar_numbers.h"
#include "dure_variants.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

static float exponential(float x) {
    if (x != x) return x;
    if (x < DURE_EXP_LOWEST) return 0;
    if (x > DURE_EXP_HIGHEST) return INFINITY;
    const float shifted = fmaf(x, DURE_EXP_PER_LN2, DURE_EXP_MAGIC);
    const float n = shifted - DURE_EXP_MAGIC;
    float r = fmaf(n, -DURE_EXP_LN2_HIGH, x);
    r = fmaf(n, -DURE_EXP_LN2_LOW, r);
    float p = DURE_EXP_C6;
    p = fmaf(p, r, DURE_EXP_C5);
    p = fmaf(p, r, DURE_EXP_C4);
    p = fmaf(p, r, DURE_EXP_C3);
    p = fmaf(p, r, DURE_EXP_C2);
    const float value = 1.0f + fmaf(p, r * r, r);
    return value * from_bits((uint32_t)((int32_t)n + 127) << 23);
}

/* One block of a product: both rows have `k` <= DURE_K_BLOCK terms. */
static float block_product(const float *in, dure_weight w, int64_t row, int64_t first, int64_t k) {
    float lanes[DURE_LANES] = {0};
    for (int64_t t = 0; t < k; t += DURE_LANES) {
        for (int64_t lane = 0; lane < DURE_LANES; lane++) {
            const int64_t term = t + lane;
            const float x = term < k ? in[first + term] : 0;
            const float y = term < k ? weight_at(w, row, first + term) : 0;
            lanes[lane] = fmaf(x, y, lanes[lane]);
        }
    }
    return sum_of_lanes(lanes);
}

static float row_product(const float *in, dure_weight w, int64_t row, int64_t k) {
    float sum = block_product(in, w, row, 0, k < DURE_K_BLOCK ? k : DURE_K_BLOCK);
    for (int64_t first = DURE_K_BLOCK; first < k; first += DURE_K_BLOCK) {
        const int64_t rest = k - first;
        sum = sum + block_product(in, w, row, first, rest < DURE_K_BLOCK ? rest : DURE_K_BLOCK);
    }
    return sum;
}

static void product(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int32_t *in_rows,
                    dure_weight w, int64_t m, int64_t n, int64_t k, float *scratch) {
    (void)scratch;
    for (int64_t i = 0; i < m; i++) {
        const float *row = in + (in_rows != NULL ? in_rows[i] : i) * in_stride;
        for (int64_t j = 0; j < n; j++) out[i * out_stride + j] = row_product(row, w, j, k);
    }
}

static void accumulate(float *out, int64_t out_stride, const float *in, int64_t in_stride, dure_weight w, int64_t m,
                       int64_t n, int64_t k) {
    for (int64_t i = 0; i < m; i++) {
        for (int64_t t = 0; t < k; t++) {
            const float x = in[i * in_stride + t];
            for (int64_t j = 0; j < n; j++) {
                out[i * out_stride + j] = fmaf(x, weight_at(w, t, j), out[i * out_stride + j]);
            }
        }
    }
}

static dure_weight key_at(dure_latents keys, int64_t position) {
    const int64_t block = keys.blocks[position / keys.block_tokens];
    const int64_t row = block * keys.block_tokens + position % keys.block_tokens;
    const char *base = keys.base;
    return (dure_weight){base + row * keys.width * (keys.element == DURE_F32 ? 4 : 2), keys.width, keys.element};
}

/* The softmax runs over the chunks in order. `largest` and `total` are those of the chunks so far; a chunk with a
 * larger score scales down what has been summed. */
static void attend_row(float *out, const float *q, dure_latents keys, int64_t tokens, float scale) {
    float largest = -INFINITY;
    float total = 0;
    memset(out, 0, (size_t)keys.rank * sizeof *out);
    for (int64_t first = 0; first < tokens; first += DURE_KEY_CHUNK) {
        const int64_t count = tokens - first < DURE_KEY_CHUNK ? tokens - first : DURE_KEY_CHUNK;
        float scores[DURE_KEY_CHUNK];
        float lanes[DURE_LANES] = {0};
        float peak = largest;
        for (int64_t t = 0; t < count; t++) {
            scores[t] = row_product(q, key_at(keys, first + t), 0, keys.width) * scale;
            peak = scores[t] > peak ? scores[t] : peak;
        }
        for (int64_t t = 0; t < count; t++) {
            scores[t] = exponential(scores[t] - peak);
            lanes[t % DURE_LANES] = lanes[t % DURE_LANES] + scores[t];
        }
        const float shrink = exponential(largest - peak);
        largest = peak;
        total = fmaf(total, shrink, sum_of_lanes(lanes));
        for (int64_t j = 0; j < keys.rank; j++) out[j] = out[j] * shrink;
        for (int64_t t = 0; t < count; t++) {
            const dure_weight value = key_at(keys, first + t);
            for (int64_t j = 0; j < keys.rank; j++) out[j] = fmaf(scores[t], weight_at(value, 0, j), out[j]);
        }
    }
    const float inverse = 1.0f / total;
    for (int64_t j = 0; j < keys.rank; j++) out[j] = out[j] * inverse;
}

static void attend(float *out, int64_t out_stride, const float *q, int64_t q_stride, int64_t rows, dure_latents keys,
                   int64_t tokens, float scale) {
    assert(rows >= 1 && rows <= DURE_ATTEND_ROWS && tokens >= 1 && keys.rank <= keys.width);
    for (int64_t i = 0; i < rows; i++) attend_row(out + i * out_stride, q + i * q_stride, keys, tokens, scale);
}

static void rms_norm(float *out, int64_t out_stride, const float *in, int64_t in_stride, dure_weight w, int64_t m,
                     int64_t n, float epsilon) {
    for (int64_t i = 0; i < m; i++) {
        const float *x = in + i * in_stride;
        float lanes[DURE_LANES] = {0};
        for (int64_t j = 0; j < n; j++) lanes[j % DURE_LANES] = fmaf(x[j], x[j], lanes[j % DURE_LANES]);
        const float inverse = 1.0f / sqrtf(sum_of_lanes(lanes) / (float)n + epsilon);
        for (int64_t j = 0; j < n; j++) out[i * out_stride + j] = x[j] * inverse * weight_at(w, 0, j);
    }
}

static void swiglu(float *out, const float *gate, const float *up, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
}

static void swiglu_quantize(int8_t *values, int64_t padded, float *scales, int32_t *corrections, float *gate,
                            const float *up, int64_t k, dure_format format) {
    swiglu(gate, gate, up, k);
    dure_scalar_quantize(values, padded, scales, corrections, gate, k, format);
}

static void sigmoid(float *out, const float *in, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = 1.0f / (1.0f + exponential(-in[i]));
}

static void combine(float *out, const float *in, int64_t in_stride, const int32_t *rows, const float *weights,
                    int64_t ranks, int64_t n) {
    for (int64_t j = 0; j < n; j++) {
        float sum = 0;
        for (int64_t r = 0; r < ranks; r++) sum = fmaf(weights[r], in[rows[r] * in_stride + j], sum);
        out[j] = sum;
    }
}

static void widen(float *out, dure_weight w, int64_t row, int64_t n) {
    for (int64_t j = 0; j < n; j++) out[j] = weight_at(w, row, j);
}

static void narrow(uint16_t *out, const float *in, int64_t n) {
    for (int64_t j = 0; j < n; j++) out[j] = in[j] == in[j] ? to_bf16(in[j]) : DURE_BF16_NAN;
}

static void add(float *out, const float *in, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = out[i] + in[i];
}

static int64_t multiply_add_limit(float *out, int64_t steps) {
    for (int i = 0; i < 16; i++) out[i] = (float)i;
    for (int64_t step = 0; step < steps; step++) {
        for (int i = 0; i < 16; i++) out[i] = fmaf(out[i], 0.5f, 1.0f);
    }
    return steps * 16 * 2;
}

static int64_t integer_limit(float *out, int64_t steps) {
    uint32_t sums[16];
    for (uint32_t i = 0; i < 16; i++) sums[i] = i;
    for (int64_t step = 0; step < steps; step++) {
        for (int i = 0; i < 16; i++) sums[i] = sums[i] * 3 + 1;
    }
    for (int i = 0; i < 16; i++) out[i] = (float)sums[i];
    return steps * 16 * 2;
}

const dure_kernels dure_scalar_kernels = {
    .name = "scalar",
    .product = product,
    .accumulate = accumulate,
    .attend = attend,
    .rms_norm = rms_norm,
    .swiglu = swiglu,
    .sigmoid = sigmoid,
    .combine = combine,
    .widen = widen,
    .narrow = narrow,
    .add = add,
    .pack = dure_scalar_pack,
    .quantize = dure_scalar_quantize,
    .swiglu_quantize = swiglu_quantize,
    .product_quantized = dure_scalar_product_quantized,
    .product_bf16 = dure_scalar_product_bf16,
    .multiply_add_limit = multiply_add_limit,
    .integer_limit = integer_limit,
};
