/* Matrix products in register tiles: TILE_ROWS rows of the input by TILE_COLUMNS rows of weights, whose sums run along
 * k in lanes; and TILE_ROWS rows by TILE_COLUMNS vectors for products whose weights lie the other way. The variant
 * says what its registers hold. */

/* Rows of the input that are packed together: with a block of columns they stay in the second-level cache. */
#define PACKED_ROWS 128
/* From here on it pays to copy the input and to widen the weights once for all rows. */
#define FEWEST_PACKED_ROWS 5

/* sums[r * TILE_COLUMNS + c] = in[r] . w[c] over one block of k, for the first `rows`. Up to three more are written. */
INLINE void dot_tile(float *sums, const int rows, const float *const in[TILE_ROWS],
                     const char *const w[TILE_COLUMNS], const dure_element element, int64_t k) {
    f16v lanes[TILE_ROWS * TILE_COLUMNS + 3];
    UNROLLED for (int s = 0; s < TILE_ROWS * TILE_COLUMNS + 3; s++) lanes[s] = splat(0);
    const int64_t bytes = element_bytes(element);
    int64_t t = 0;
    for (; t + DURE_LANES <= k; t += DURE_LANES) {
        f16v x[TILE_ROWS];
        UNROLLED for (int r = 0; r < rows; r++) x[r] = load(in[r] + t);
        UNROLLED for (int c = 0; c < TILE_COLUMNS; c++) {
            const f16v y = load_weights(w[c] + t * bytes, element);
            UNROLLED for (int r = 0; r < rows; r++) {
                lanes[r * TILE_COLUMNS + c] = fma16(x[r], y, lanes[r * TILE_COLUMNS + c]);
            }
        }
    }
    if (t < k) {
        UNROLLED for (int c = 0; c < TILE_COLUMNS; c++) {
            const f16v y = load_first_weights(w[c] + t * bytes, element, k - t);
            UNROLLED for (int r = 0; r < rows; r++) {
                const f16v x = load_first(in[r] + t, k - t);
                lanes[r * TILE_COLUMNS + c] = fma16(x, y, lanes[r * TILE_COLUMNS + c]);
            }
        }
    }
    UNROLLED for (int s = 0; s < rows * TILE_COLUMNS; s += 4) {
        const f4v four = sums_of_lanes(lanes[s], lanes[s + 1], lanes[s + 2], lanes[s + 3]);
        memcpy(sums + s, &four, sizeof four);
    }
}

/* Adds a tile's sums to `out`, or stores them where they are the first block's. */
INLINE void put_tile(float *out, int64_t stride, const float *sums, int64_t rows, int64_t columns, int is_first) {
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            float *to = out + r * stride + c;
            const float sum = sums[r * TILE_COLUMNS + c];
            *to = is_first ? sum : *to + sum;
        }
    }
}

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* One tile of results; rows and columns past the end repeat the last one and are dropped. */
INLINE void dot_rows(float *out, int64_t out_stride, const float *const in[TILE_ROWS], int64_t rows,
                     const char *const w[TILE_COLUMNS], const dure_element element, int64_t columns, int64_t k,
                     int is_first) {
    float sums[TILE_ROWS * TILE_COLUMNS + 3];
    if (rows == 1) {
        dot_tile(sums, 1, in, w, element, k);
    } else if (rows == 2 && TILE_ROWS > 2) {
        dot_tile(sums, 2, in, w, element, k);
    } else {
        dot_tile(sums, TILE_ROWS, in, w, element, k);
    }
    put_tile(out, out_stride, sums, rows, columns, is_first);
}

/* Few rows: weights are read once, straight from where they lie, row by row over the whole of k. */
INLINE void product_direct(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int32_t *in_rows,
                           dure_weight weight, const dure_element element, int64_t m, int64_t n, int64_t k) {
    const int64_t bytes = element_bytes(element);
    for (int64_t j = 0; j < n; j += TILE_COLUMNS) {
        for (int64_t i = 0; i < m; i += TILE_ROWS) {
            for (int64_t first = 0; first == 0 || first < k; first += DURE_K_BLOCK) {
                const float *x[TILE_ROWS];
                const char *w[TILE_COLUMNS];
                for (int64_t r = 0; r < TILE_ROWS; r++) {
                    const int64_t row = smaller(i + r, m - 1);
                    x[r] = in + (in_rows != NULL ? in_rows[row] : row) * in_stride + first;
                }
                for (int64_t c = 0; c < TILE_COLUMNS; c++) {
                    w[c] = (const char *)weight.base + (smaller(j + c, n - 1) * weight.stride + first) * bytes;
                }
                dot_rows(out + i * out_stride + j, out_stride, x, smaller(m - i, TILE_ROWS), w, element,
                         smaller(n - j, TILE_COLUMNS), smaller(k - first, DURE_K_BLOCK), first == 0);
            }
        }
    }
}

/* Copies one block of an input row, padded with zeros to whole steps. */
INLINE void pack_row(float *to, const float *from, int64_t k) {
    int64_t t = 0;
    for (; t + DURE_LANES <= k; t += DURE_LANES) store(to + t, load(from + t));
    if (t < k) store(to + t, load_first(from + t, k - t));
}

/* Widens one block of a weight row; `ahead` is how far on the row lies that will take its place. */
INLINE void pack_weights(float *to, const char *from, const dure_element element, int64_t k, int64_t ahead) {
    const int64_t bytes = element_bytes(element);
    int64_t t = 0;
    for (; t + DURE_LANES <= k; t += DURE_LANES) {
        __builtin_prefetch(from + t * bytes + ahead, 0, 2);
        store(to + t, load_weights(from + t * bytes, element));
    }
    if (t < k) store(to + t, load_first_weights(from + t * bytes, element, k - t));
}

/* One block of k for up to PACKED_ROWS rows, whose inputs are packed. */
INLINE void product_packed(float *out, int64_t out_stride, const float *packed, dure_weight weight,
                           const dure_element element, int64_t first, int64_t m, int64_t n, int64_t k, float *wide) {
    const int64_t bytes = element_bytes(element);
    const int64_t steps = (k + DURE_LANES - 1) / DURE_LANES * DURE_LANES;
    const char *w[TILE_COLUMNS];
    for (int64_t c = 0; c < TILE_COLUMNS; c++) w[c] = (const char *)(wide + c * DURE_K_BLOCK);
    for (int64_t j = 0; j < n; j += TILE_COLUMNS) {
        for (int64_t c = 0; c < TILE_COLUMNS; c++) {
            const int64_t row = smaller(j + c, n - 1);
            pack_weights(wide + c * DURE_K_BLOCK, (const char *)weight.base + (row * weight.stride + first) * bytes,
                         element,
                         k, TILE_COLUMNS * weight.stride * bytes);
        }
        for (int64_t i = 0; i < m; i += TILE_ROWS) {
            const float *x[TILE_ROWS];
            for (int64_t r = 0; r < TILE_ROWS; r++) x[r] = packed + smaller(i + r, m - 1) * DURE_K_BLOCK;
            dot_rows(out + i * out_stride + j, out_stride, x, smaller(m - i, TILE_ROWS), w, DURE_F32,
                     smaller(n - j, TILE_COLUMNS), steps, first == 0);
        }
    }
}

INLINE void product_of(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int32_t *in_rows,
                       dure_weight weight, const dure_element element, int64_t m, int64_t n, int64_t k,
                       float *scratch) {
    if (m < FEWEST_PACKED_ROWS) {
        product_direct(out, out_stride, in, in_stride, in_rows, weight, element, m, n, k);
        return;
    }
    float *wide = scratch + PACKED_ROWS * DURE_K_BLOCK;
    for (int64_t first = 0; first == 0 || first < k; first += DURE_K_BLOCK) {
        const int64_t block = smaller(k - first, DURE_K_BLOCK);
        for (int64_t i = 0; i < m; i += PACKED_ROWS) {
            const int64_t rows = smaller(m - i, PACKED_ROWS);
            for (int64_t r = 0; r < rows; r++) {
                const int64_t row = in_rows != NULL ? in_rows[i + r] : i + r;
                pack_row(scratch + r * DURE_K_BLOCK, in + row * in_stride + first, block);
            }
            product_packed(out + i * out_stride, out_stride, scratch, weight, element, first, rows, n, block, wide);
        }
    }
}

static void product(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int32_t *in_rows,
                    dure_weight w, int64_t m, int64_t n, int64_t k, float *scratch) {
    switch (w.element) {
    case DURE_F32: product_of(out, out_stride, in, in_stride, in_rows, w, DURE_F32, m, n, k, scratch); break;
    case DURE_BF16: product_of(out, out_stride, in, in_stride, in_rows, w, DURE_BF16, m, n, k, scratch); break;
    case DURE_F16: product_of(out, out_stride, in, in_stride, in_rows, w, DURE_F16, m, n, k, scratch); break;
    }
}

/* out[r, 0 ..< 16 * vectors] += in[r, t] * w[t, ...] in the order of t. */
INLINE void accumulate_tile(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int rows,
                            const char *w, int64_t w_stride_bytes, const dure_element element, const int vectors,
                            int64_t k) {
    f16v sums[TILE_ROWS][TILE_COLUMNS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = load(out + r * out_stride + v * DURE_LANES);
    }
    for (int64_t t = 0; t < k; t++) {
        f16v x[TILE_ROWS];
        for (int r = 0; r < rows; r++) x[r] = splat(in[r * in_stride + t]);
        for (int v = 0; v < vectors; v++) {
            const f16v y = load_weights(w + t * w_stride_bytes + v * DURE_LANES * element_bytes(element), element);
            for (int r = 0; r < rows; r++) sums[r][v] = fma16(x[r], y, sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) store(out + r * out_stride + v * DURE_LANES, sums[r][v]);
    }
}

/* The columns that do not fill a vector. */
INLINE void accumulate_rest(float *out, const float *in, const char *w, int64_t w_stride_bytes,
                            const dure_element element, int64_t columns, int64_t k) {
    f16v sums = load_first(out, columns);
    for (int64_t t = 0; t < k; t++) {
        sums = fma16(splat(in[t]), load_first_weights(w + t * w_stride_bytes, element, columns), sums);
    }
    store_first(out, sums, columns);
}

INLINE void accumulate_rows(float *out, int64_t out_stride, const float *in, int64_t in_stride, const int rows,
                            dure_weight weight, const dure_element element, int64_t n, int64_t k) {
    const int64_t bytes = element_bytes(element);
    const int64_t stride = weight.stride * bytes;
    const char *w = weight.base;
    int64_t j = 0;
    for (; j + TILE_COLUMNS * DURE_LANES <= n; j += TILE_COLUMNS * DURE_LANES) {
        accumulate_tile(out + j, out_stride, in, in_stride, rows, w + j * bytes, stride, element, TILE_COLUMNS, k);
    }
    for (; j + DURE_LANES <= n; j += DURE_LANES) {
        accumulate_tile(out + j, out_stride, in, in_stride, rows, w + j * bytes, stride, element, 1, k);
    }
    if (j == n) return;
    for (int r = 0; r < rows; r++) {
        accumulate_rest(out + r * out_stride + j, in + r * in_stride, w + j * bytes, stride, element, n - j, k);
    }
}

INLINE void accumulate_of(float *out, int64_t out_stride, const float *in, int64_t in_stride, dure_weight weight,
                          const dure_element element, int64_t m, int64_t n, int64_t k) {
    int64_t i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS) {
        accumulate_rows(out + i * out_stride, out_stride, in + i * in_stride, in_stride, TILE_ROWS, weight, element, n,
                        k);
    }
    for (; i < m; i++) {
        accumulate_rows(out + i * out_stride, out_stride, in + i * in_stride, in_stride, 1, weight, element, n, k);
    }
}

static void accumulate(float *out, int64_t out_stride, const float *in, int64_t in_stride, dure_weight w, int64_t m,
                       int64_t n, int64_t k) {
    switch (w.element) {
    case DURE_F32: accumulate_of(out, out_stride, in, in_stride, w, DURE_F32, m, n, k); break;
    case DURE_BF16: accumulate_of(out, out_stride, in, in_stride, w, DURE_BF16, m, n, k); break;
    case DURE_F16: accumulate_of(out, out_stride, in, in_stride, w, DURE_F16, m, n, k); break;
    }
}
