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

/* Scores of keys that follow one another. A tile's queries stay in the first-level cache for all of them; meanwhile as
 * much of what lies at `ahead` is asked for. */
INLINE void score_run(float *scores, const float *q, int64_t q_stride, int64_t rows, dure_weight keys,
                      const dure_element element, int64_t count, int64_t width, const char *ahead) {
    const int64_t row_bytes = keys.stride * element_bytes(element);
    const int64_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS * ((count + TILE_COLUMNS - 1) / TILE_COLUMNS);
    const int64_t lines = count * row_bytes / 64;
    int64_t tile = 0;
    for (int64_t i = 0; i < rows; i += TILE_ROWS) {
        for (int64_t j = 0; j < count; j += TILE_COLUMNS, tile++) {
            if (ahead != NULL) {
                for (int64_t line = lines * tile / tiles; line < lines * (tile + 1) / tiles; line++) {
                    __builtin_prefetch(ahead + line * 64, 0, 2);
                }
            }
            const dure_weight part = {(const char *)keys.base + j * row_bytes, keys.stride, element};
            product_direct(scores + i * DURE_KEY_CHUNK + j, DURE_KEY_CHUNK, q + i * q_stride, q_stride, NULL, part,
                           element, smaller(rows - i, TILE_ROWS), smaller(count - j, TILE_COLUMNS), width);
        }
    }
}

/* Scores of the keys from `first` up to `end`; those up to `tokens` come after them. */
INLINE void score_chunk(float *scores, const float *q, int64_t q_stride, int64_t rows, dure_latents keys,
                        const dure_element element, int64_t first, int64_t end, int64_t tokens) {
    int64_t count = 0;
    for (int64_t position = first; position < end; position += count) {
        const dure_weight run = run_of_keys(keys, element, position, end, &count);
        const int64_t next = position + count;
        int64_t later = 0;
        const char *ahead = next < tokens ? run_of_keys(keys, element, next, tokens, &later).base : NULL;
        score_run(scores + (position - first), q, q_stride, rows, run, element, count, keys.width, ahead);
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

INLINE float largest_of_lanes(f16v x) {
    float largest = x[0];
    for (int lane = 1; lane < DURE_LANES; lane++) largest = x[lane] > largest ? x[lane] : largest;
    return largest;
}

INLINE void scale_row(float *row, float by, int64_t count) {
    int64_t j = 0;
    for (; j + DURE_LANES <= count; j += DURE_LANES) store(row + j, load(row + j) * splat(by));
    for (; j < count; j++) row[j] = row[j] * by;
}

/* Turns a chunk's products into the weights of its values; returns by how much earlier sums shrink. */
INLINE float weigh_chunk(float *scores, int64_t count, float scale, float *largest, float *total) {
    f16v lanes = {0};
    f16v peaks = splat(*largest);
    for (int64_t t = count; t % DURE_LANES != 0; t++) scores[t] = -INFINITY;
    for (int64_t t = 0; t < count; t += DURE_LANES) {
        const f16v scaled = load(scores + t) * splat(scale);
        store(scores + t, scaled);
        peaks = select16(scaled > peaks, scaled, peaks);
    }
    const float peak = largest_of_lanes(peaks);
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
        score_chunk(scores, q, q_stride, rows, keys, element, first, end, tokens);
        for (int64_t i = 0; i < rows; i++) {
            const float shrink = weigh_chunk(scores + i * DURE_KEY_CHUNK, end - first, scale, &largest[i], &total[i]);
            if (shrink != 1) scale_row(out + i * out_stride, shrink, keys.rank);
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
