/* Attention of one position over the latents of its sequence: a product, a softmax over chunks, and a product back. */

/* The key at `position` and how many positions up to `end` follow it in memory, itself included. `element` is that of
 * the keys, as a constant. */
INLINE dure_weight run_of_keys(dure_latents keys, const dure_element element, int64_t position, int64_t end,
                               int64_t *count) {
    const int64_t within = position % keys.block_tokens;
    *count = smaller(end - position, keys.block_tokens - within);
    const int64_t row = keys.blocks[position / keys.block_tokens] * keys.block_tokens + within;
    return (dure_weight){(const char *)keys.base + row * keys.width * element_bytes(element), keys.width, element};
}

INLINE void score_chunk(float *scores, const float *q, int64_t q_stride, int64_t rows, dure_latents keys,
                        const dure_element element, int64_t first, int64_t end) {
    int64_t count = 0;
    for (int64_t position = first; position < end; position += count) {
        const dure_weight run = run_of_keys(keys, element, position, end, &count);
        product_direct(scores + (position - first), DURE_KEY_CHUNK, q, q_stride, NULL, run, element, rows, count,
                       keys.width);
    }
}

INLINE void sum_chunk(float *out, int64_t out_stride, const float *weights, int64_t rows, dure_latents keys,
                      const dure_element element, int64_t first, int64_t end) {
    int64_t count = 0;
    for (int64_t position = first; position < end; position += count) {
        const dure_weight run = run_of_keys(keys, element, position, end, &count);
        accumulate_of(out, out_stride, weights + (position - first), DURE_KEY_CHUNK, run, element, rows, keys.rank,
                      count);
    }
}

INLINE void scale_row(float *row, float by, int64_t count) {
    int64_t j = 0;
    for (; j + DURE_LANES <= count; j += DURE_LANES) store(row + j, load(row + j) * splat(by));
    for (; j < count; j++) row[j] = row[j] * by;
}

/* Turns a chunk's products into the weights of its values; returns by how much earlier sums shrink. */
INLINE float weigh_chunk(float *scores, int64_t count, float scale, float *largest, float *total) {
    f16v lanes = {0};
    float peak = *largest;
    for (int64_t t = 0; t < count; t++) {
        scores[t] = scores[t] * scale;
        peak = scores[t] > peak ? scores[t] : peak;
    }
    for (int64_t t = count; t < DURE_KEY_CHUNK; t++) scores[t] = -INFINITY;
    for (int64_t t = 0; t < count; t += DURE_LANES) {
        const f16v weights = exponential(load(scores + t) - splat(peak));
        store(scores + t, weights);
        lanes = lanes + weights;
    }
    const float shrink = exponential(splat(*largest - peak))[0];
    *largest = peak;
    *total = __builtin_elementwise_fma(*total, shrink, sum_of_lanes(lanes));
    return shrink;
}

INLINE void attend_to(float *out, int64_t out_stride, const float *q, int64_t q_stride, int64_t rows,
                      dure_latents keys, const dure_element element, int64_t tokens, float scale) {
    float scores[DURE_ATTEND_ROWS * DURE_KEY_CHUNK];
    float largest[DURE_ATTEND_ROWS];
    float total[DURE_ATTEND_ROWS];
    for (int64_t i = 0; i < rows; i++) {
        largest[i] = -INFINITY;
        total[i] = 0;
        memset(out + i * out_stride, 0, (size_t)keys.rank * sizeof *out);
    }
    for (int64_t first = 0; first < tokens; first += DURE_KEY_CHUNK) {
        const int64_t end = smaller(tokens, first + DURE_KEY_CHUNK);
        score_chunk(scores, q, q_stride, rows, keys, element, first, end);
        for (int64_t i = 0; i < rows; i++) {
            const float shrink = weigh_chunk(scores + i * DURE_KEY_CHUNK, end - first, scale, &largest[i], &total[i]);
            scale_row(out + i * out_stride, shrink, keys.rank);
        }
        sum_chunk(out, out_stride, scores, rows, keys, element, first, end);
    }
    for (int64_t i = 0; i < rows; i++) scale_row(out + i * out_stride, 1.0f / total[i], keys.rank);
}

static void attend(float *out, int64_t out_stride, const float *q, int64_t q_stride, int64_t rows, dure_latents keys,
                   int64_t tokens, float scale) {
    switch (keys.element) {
    case DURE_F32: attend_to(out, out_stride, q, q_stride, rows, keys, DURE_F32, tokens, scale); break;
    case DURE_BF16: attend_to(out, out_stride, q, q_stride, rows, keys, DURE_BF16, tokens, scale); break;
    case DURE_F16: attend_to(out, out_stride, q, q_stride, rows, keys, DURE_F16, tokens, scale); break;
    }
}
