/* Products with packed bf16 weights: f32 fused multiply-adds on widened weights, in register tiles as in
 * dure_vector_packed.h. */

/* One block of k for a tile: `pairs` whole pairs of inputs and, if `has_last`, one more input. */
INLINE void bf16_tile(float *out, int64_t out_stride, const float *const in[PANEL_ROWS], const int rows,
                      const char *w, int64_t pairs, int has_last, int64_t outputs, int is_first) {
    f16v sums[PANEL_ROWS][PANEL_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = splat(0);
    }
    for (int64_t p = 0; p < pairs; p++) {
        u16v both[PANEL_VECTORS];
        for (int v = 0; v < PANEL_VECTORS; v++) both[v] = (u16v)load_ahead(w + p * 256 + v * 64);
        for (int r = 0; r < rows; r++) {
            const f16v x = splat(in[r][p * 2]);
            for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = fma16(x, (f16v)(both[v] << 16), sums[r][v]);
        }
        for (int r = 0; r < rows; r++) {
            const f16v x = splat(in[r][p * 2 + 1]);
            for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = fma16(x, (f16v)(both[v] & 0xffff0000), sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++) {
        float *to = out + r * out_stride;
        for (int v = 0; v < PANEL_VECTORS; v++) {
            const int64_t count = outputs - v * DURE_LANES;
            if (count <= 0) break;
            f16v sum = sums[r][v];
            if (has_last) {
                const u16v both = (u16v)load_lanes(w + pairs * 256 + v * 64);
                sum = fma16(splat(in[r][pairs * 2]), (f16v)(both << 16), sum);
            }
            if (!is_first) {
                sum = (count >= DURE_LANES ? load(to + v * DURE_LANES) : load_first(to + v * DURE_LANES, count)) + sum;
            }
            store_outputs(to + v * DURE_LANES, sum, count);
        }
    }
}

INLINE void bf16_panel(float *out, int64_t out_stride, const float *const in[PANEL_ROWS], const int rows,
                       const char *panel, int64_t k, int64_t outputs, int is_first) {
    for (int64_t first = 0; first < outputs; first += PANEL_VECTORS * DURE_LANES) {
        bf16_tile(out + first, out_stride, in, rows, panel + first * 4, k / 2, k % 2 != 0, outputs - first, is_first);
    }
}

INLINE void bf16_rows(float *out, int64_t out_stride, const float *const in[PANEL_ROWS], int64_t rows,
                      const char *panel, int64_t k, int64_t outputs, int is_first) {
    switch (rows) {
    case 1: bf16_panel(out, out_stride, in, 1, panel, k, outputs, is_first); break;
    case 2: bf16_panel(out, out_stride, in, 2, panel, k, outputs, is_first); break;
#if PANEL_ROWS >= 4
    case 3: bf16_panel(out, out_stride, in, 3, panel, k, outputs, is_first); break;
    case 4: bf16_panel(out, out_stride, in, 4, panel, k, outputs, is_first); break;
#endif
#if PANEL_ROWS >= 6
    case 5: bf16_panel(out, out_stride, in, 5, panel, k, outputs, is_first); break;
    case 6: bf16_panel(out, out_stride, in, 6, panel, k, outputs, is_first); break;
#endif
    }
}

static void product_bf16(float *out, int64_t out_stride, const float *in, int64_t in_stride,
                           const int32_t *in_rows, dure_packed w, int64_t m) {
    const int64_t bytes = dure_panel_bytes(DURE_PACKED_BF16, w.inputs);
    for (int64_t j = 0; j < w.outputs; j += 64) {
        const char *panel = (const char *)w.base + j / 64 * bytes;
        for (int64_t k = 0; k == 0 || k < w.inputs; k += DURE_PACKED_BLOCK) {
            int64_t end = 0;
            for (int64_t first = 0; first < m; first = end) {
                const float *rows[PANEL_ROWS];
                end = tile_end(first, m);
                for (int64_t i = first; i < end; i++) {
                    rows[i - first] = in + (in_rows != NULL ? in_rows[i] : i) * in_stride + k;
                }
                bf16_rows(out + first * out_stride + j, out_stride, rows, end - first, panel + k * 128,
                          smaller(w.inputs - k, DURE_PACKED_BLOCK), smaller(w.outputs - j, 64), k == 0);
            }
        }
    }
}
