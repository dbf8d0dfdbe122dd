/* Products with packed bf16 weights: f32 fused multiply-adds on widened weights, in register tiles as in
 * dure_vector_packed.h. */

/* Six rows, as bytes have them, would need more registers than there are: the weights' halves take one each. */
#define BF16_ROWS (PANEL_ROWS < 4 ? PANEL_ROWS : 4)

/* One block of k for a tile: `pairs` whole pairs of inputs and, if `has_last`, one more input. */
INLINE void bf16_tile(float *out, int64_t out_stride, const float *const in[BF16_ROWS], const int rows,
                      const char *w, int64_t pairs, int has_last, int64_t outputs, int is_first) {
    f16v sums[BF16_ROWS][PANEL_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = splat(0);
    }
    for (int64_t p = 0; p < pairs; p++) {
        for (int v = 0; v < PANEL_VECTORS; v++) {
            const u16v both = (u16v)load_lanes(w + p * 256 + v * 64);
            const f16v even = (f16v)(both << 16);
            const f16v odd = (f16v)(both & 0xffff0000);
            for (int r = 0; r < rows; r++) sums[r][v] = fma16(splat(in[r][p * 2]), even, sums[r][v]);
            for (int r = 0; r < rows; r++) sums[r][v] = fma16(splat(in[r][p * 2 + 1]), odd, sums[r][v]);
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

INLINE void bf16_panel(float *out, int64_t out_stride, const float *const in[BF16_ROWS], const int rows,
                       const char *panel, int64_t k, int64_t outputs, int is_first) {
    for (int64_t first = 0; first < outputs; first += PANEL_VECTORS * DURE_LANES) {
        bf16_tile(out + first, out_stride, in, rows, panel + first * 4, k / 2, k % 2 != 0, outputs - first, is_first);
    }
}

INLINE void bf16_rows(float *out, int64_t out_stride, const float *const in[BF16_ROWS], int64_t rows,
                      const char *panel, int64_t k, int64_t outputs, int is_first) {
    switch (rows) {
    case 1: bf16_panel(out, out_stride, in, 1, panel, k, outputs, is_first); break;
    case 2: bf16_panel(out, out_stride, in, 2, panel, k, outputs, is_first); break;
#if BF16_ROWS >= 4
    case 3: bf16_panel(out, out_stride, in, 3, panel, k, outputs, is_first); break;
    case 4: bf16_panel(out, out_stride, in, 4, panel, k, outputs, is_first); break;
#endif
    }
}

static void product_bf16(float *out, int64_t out_stride, const float *in, int64_t in_stride,
                           const int32_t *in_rows, dure_packed w, int64_t m) {
    const int64_t bytes = dure_panel_bytes(DURE_PACKED_BF16, w.inputs);
    const int64_t tiles = (m + BF16_ROWS - 1) / BF16_ROWS;
    for (int64_t j = 0; j < w.outputs; j += 64) {
        const char *panel = (const char *)w.base + j / 64 * bytes;
        for (int64_t k = 0; k == 0 || k < w.inputs; k += DURE_PACKED_BLOCK) {
            for (int64_t tile = 0; tile < tiles; tile++) {
                const int64_t first = first_of_tile(tile, tiles, m);
                const int64_t count = first_of_tile(tile + 1, tiles, m) - first;
                const float *rows[BF16_ROWS];
                for (int64_t i = 0; i < count; i++) {
                    rows[i] = in + (in_rows != NULL ? in_rows[first + i] : first + i) * in_stride + k;
                }
                bf16_rows(out + first * out_stride + j, out_stride, rows, count, panel + k * 128,
                          smaller(w.inputs - k, DURE_PACKED_BLOCK), smaller(w.outputs - j, 64), k == 0);
            }
        }
    }
}
