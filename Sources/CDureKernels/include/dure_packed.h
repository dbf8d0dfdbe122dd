#ifndef DURE_PACKED_H
#define DURE_PACKED_H

#include <stdint.h>

/* Packed weights: how a matrix of N outputs by K inputs lies in memory and, byte for byte, in a pack's files.
 *
 * The outputs are cut into panels of P; the last one is filled up with outputs whose weights are 0. The inputs are
 * filled up with zeros to a whole number of steps. Panels follow one another without a gap, and everything is
 * little-endian. A panel's size is a multiple of 64 bytes. Where a matrix begins at a multiple of 64, no vector
 * straddles a cache line; kernels take any address.
 *
 *   bf16 (P = 64, step 2): for each pair of inputs, 64 outputs of two bf16 each.
 *
 *       inputs 0, 1                          inputs 2, 3
 *      |w[0,0] w[0,1]|w[1,0] w[1,1]| ... 64 |w[0,2] w[0,3]| ...
 *        2 bytes each
 *
 *   int8 (P = 64, step 4): for each quad of inputs, 64 outputs of four bytes q + 128, |q| <= 127; then 64 scales.
 *
 *       inputs 0 ..< 4                             inputs 4 ..< 8        f32, little-endian
 *      |q[0,0] q[0,1] q[0,2] q[0,3]|q[1,0] ... 64 |q[0,4] ...  |  ...   |s[0] s[1] ... s[63]|
 *
 *      w[j, t] = q[j, t] * s[j]
 *
 *   int4 in groups of G = 32 or 64 inputs (P = 32, step G): for each group G / 8 slices of eight inputs, then 32
 *   scales.
 *
 *       slice: inputs t ..< t + 8                           G / 8 slices     bf16
 *      |byte 0: q[0,t] low, q[0,t+4] high|byte 1 ... 3|output 1 ... 32| ... |s[0,g] s[1,g] ... s[31,g]|
 *
 *      byte b of an output holds input t + b in its low four bits and input t + 4 + b in its high ones, as q + 8,
 *      -8 <= q <= 7. w[j, t] = q[j, t] * s[j, g]; a scale may be negative.
 *
 * The integers are kept as unsigned bytes because that is what the fastest instruction multiplies with signed ones. */
typedef enum dure_format { DURE_PACKED_BF16, DURE_PACKED_INT8, DURE_PACKED_INT4_G32, DURE_PACKED_INT4_G64 } dure_format;

enum {
    /* The most inputs of a packed matrix: 127 * 127 * inputs fits 32 bits. */
    DURE_MOST_INPUTS = 1 << 17
};

/* Whole panels of packed weights, and how many of their outputs are meant. */
typedef struct dure_packed {
    const void *base;
    int64_t outputs;
    int64_t inputs;
    dure_format format;
} dure_packed;

/* Rows of activations for a product with integer weights: q * scale, in groups of inputs that have one scale each (for
 * int8 weights, the whole row is one group). A correction is what the sum of a group's products starts from: it takes
 * away what the 128 or 8 that are kept with each weight add to it. */
typedef struct dure_quantized {
    const int8_t *values;
    /* From row to row. */
    int64_t stride;
    const float *scales;
    const int32_t *corrections;
    /* In each row. */
    int64_t groups;
} dure_quantized;

/* Outputs of one panel. */
static inline int64_t dure_panel_outputs(dure_format format) {
    return format == DURE_PACKED_BF16 || format == DURE_PACKED_INT8 ? 64 : 32;
}

/* Inputs are filled up to a multiple of this. */
static inline int64_t dure_input_step(dure_format format) {
    switch (format) {
    case DURE_PACKED_BF16: return 2;
    case DURE_PACKED_INT8: return 4;
    case DURE_PACKED_INT4_G32: return 32;
    case DURE_PACKED_INT4_G64: return 64;
    }
    return 1;
}

static inline int64_t dure_padded_inputs(dure_format format, int64_t inputs) {
    const int64_t step = dure_input_step(format);
    return (inputs + step - 1) / step * step;
}

/* Groups of activations for `inputs` inputs. */
static inline int64_t dure_groups(dure_format format, int64_t inputs) {
    if (format == DURE_PACKED_BF16 || format == DURE_PACKED_INT8) return 1;
    return dure_padded_inputs(format, inputs) / dure_input_step(format);
}

/* What is kept with each integer weight. */
static inline int32_t dure_weight_excess(dure_format format) {
    switch (format) {
    case DURE_PACKED_BF16: return 0;
    case DURE_PACKED_INT8: return 128;
    case DURE_PACKED_INT4_G32:
    case DURE_PACKED_INT4_G64: return 8;
    }
    return 0;
}

static inline int64_t dure_panel_bytes(dure_format format, int64_t inputs) {
    const int64_t padded = dure_padded_inputs(format, inputs);
    switch (format) {
    case DURE_PACKED_BF16: return padded * 64 * 2;
    case DURE_PACKED_INT8: return padded * 64 + 64 * 4;
    case DURE_PACKED_INT4_G32:
    case DURE_PACKED_INT4_G64: return padded * 32 / 2 + dure_groups(format, inputs) * 32 * 2;
    }
    return 0;
}

/* out[t] = w[output, t] as f32, for t < inputs: exactly what products multiply by. */
void dure_unpack_output(float *out, dure_packed w, int64_t output);

#endif
