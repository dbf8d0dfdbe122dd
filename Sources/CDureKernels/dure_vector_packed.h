/* Products with packed weights, in register tiles: up to PANEL_ROWS rows by PANEL_VECTORS vectors of outputs, whose
 * sums run along k, one term (or four, or eight) in each step. A panel is read once for each tile of rows: from memory
 * for the first, from the second-level cache for the others. */

/* How far ahead of its use a weight is asked for. */
#define PANEL_PREFETCH 3072

/* The rows of one tile. */
typedef struct panel_rows {
    const int8_t *values[PANEL_ROWS];
    const float *scales[PANEL_ROWS];
    const int32_t *corrections[PANEL_ROWS];
    float *out;
    int64_t out_stride;
} panel_rows;

INLINE i16v splat_quad(const int8_t *values) {
    int32_t x;
    memcpy(&x, values, sizeof x);
    return (i16v){0} + x;
}

INLINE i16v load_lanes(const char *from) {
    i16v x;
    memcpy(&x, from, sizeof x);
    return x;
}

INLINE i16v load_ahead(const char *from) {
    __builtin_prefetch(from + PANEL_PREFETCH, 0, 3);
    return load_lanes(from);
}

/* Sixteen bf16. */
INLINE f16v load_scales(const char *from) { return widen16(*(const h16u *)from, DURE_BF16); }

INLINE f16v to_floats(i16v x) { return __builtin_convertvector(x, f16v); }

INLINE void store_outputs(float *to, f16v x, int64_t count) {
    if (count >= DURE_LANES) {
        store(to, x);
    } else if (count > 0) {
        store_first(to, x, count);
    }
}

/* The tile's first output lies in `w`'s first lane; of the vectors past `outputs` nothing is stored. */
INLINE void int8_tile(const panel_rows *in, const int rows, const char *w, const char *w_scales, int64_t quads,
                      int64_t outputs) {
    i16v sums[PANEL_ROWS][PANEL_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = (i16v){0} + in->corrections[r][0];
    }
    for (int64_t q = 0; q < quads; q++) {
        i16v weights[PANEL_VECTORS];
        for (int v = 0; v < PANEL_VECTORS; v++) weights[v] = load_ahead(w + q * 256 + v * 64);
        for (int r = 0; r < rows; r++) {
            const i16v values = splat_quad(in->values[r] + q * 4);
            for (int v = 0; v < PANEL_VECTORS; v++) sums[r][v] = dot_bytes(sums[r][v], weights[v], values);
        }
    }
    for (int v = 0; v < PANEL_VECTORS; v++) {
        const f16v scales = (f16v)load_lanes(w_scales + v * 64);
        for (int r = 0; r < rows; r++) {
            const f16v result = to_floats(sums[r][v]) * scales * splat(in->scales[r][0]);
            store_outputs(in->out + r * in->out_stride + v * DURE_LANES, result, outputs - v * DURE_LANES);
        }
    }
}

INLINE void int8_panel(const panel_rows *in, const int rows, const char *panel, int64_t quads, int64_t outputs) {
    for (int64_t first = 0; first < outputs; first += PANEL_VECTORS * DURE_LANES) {
        panel_rows part = *in;
        part.out = in->out + first;
        int8_tile(&part, rows, panel + first * 4, panel + quads * 256 + first * 4, quads, outputs - first);
    }
}

/* A group's sums become floats, take both scales, and are added to the totals. */
INLINE void int4_tile(const panel_rows *in, const int rows, const int size, const char *w, const char *w_scales,
                      int64_t groups, int64_t outputs) {
    f16v totals[PANEL_ROWS][NIBBLE_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < NIBBLE_VECTORS; v++) totals[r][v] = splat(0);
    }
    for (int64_t g = 0; g < groups; g++) {
        const char *group = w + g * (size * 16 + 64);
        const char *group_scales = w_scales + g * (size * 16 + 64);
        i16v sums[PANEL_ROWS][NIBBLE_VECTORS];
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < NIBBLE_VECTORS; v++) sums[r][v] = (i16v){0} + in->corrections[r][g];
        }
        for (int t = 0; t < size; t += 8) {
            i16v low[NIBBLE_VECTORS];
            i16v high[NIBBLE_VECTORS];
            for (int v = 0; v < NIBBLE_VECTORS; v++) {
                const i16v both = load_ahead(group + t * 16 + v * 64);
                low[v] = both & 0x0f0f0f0f;
                high[v] = (i16v)((u16v)both >> 4) & 0x0f0f0f0f;
            }
            for (int r = 0; r < rows; r++) {
                const int8_t *values = in->values[r] + g * size + t;
                const i16v first = splat_quad(values);
                const i16v second = splat_quad(values + 4);
                for (int v = 0; v < NIBBLE_VECTORS; v++) {
                    sums[r][v] = dot_nibbles(sums[r][v], low[v], first, high[v], second);
                }
            }
        }
        __builtin_prefetch(group_scales + PANEL_PREFETCH, 0, 3);
        for (int v = 0; v < NIBBLE_VECTORS; v++) {
            const f16v scales = load_scales(group_scales + v * 32);
            for (int r = 0; r < rows; r++) {
                totals[r][v] = fma16(to_floats(sums[r][v]) * splat(in->scales[r][g]), scales, totals[r][v]);
            }
        }
    }
    for (int v = 0; v < NIBBLE_VECTORS; v++) {
        for (int r = 0; r < rows; r++) {
            store_outputs(in->out + r * in->out_stride + v * DURE_LANES, totals[r][v], outputs - v * DURE_LANES);
        }
    }
}

INLINE void int4_panel(const panel_rows *in, const int rows, const int size, const char *panel, int64_t groups,
                       int64_t outputs) {
    for (int64_t first = 0; first < outputs; first += NIBBLE_VECTORS * DURE_LANES) {
        panel_rows part = *in;
        part.out = in->out + first;
        int4_tile(&part, rows, size, panel + first * 4, panel + size * 16 + first * 2, groups, outputs - first);
    }
}

/* A panel for one tile of rows; `rows` becomes a constant. */
INLINE void quantized_panel(const panel_rows *in, const int rows, const dure_format format, const char *panel,
                            dure_packed w, int64_t outputs) {
    const int64_t padded = dure_padded_inputs(format, w.inputs);
    if (format == DURE_PACKED_INT8) {
        int8_panel(in, rows, panel, padded / 4, outputs);
    } else if (format == DURE_PACKED_INT4_G32) {
        int4_panel(in, rows, 32, panel, padded / 32, outputs);
    } else {
        int4_panel(in, rows, 64, panel, padded / 64, outputs);
    }
}

INLINE void quantized_rows(const panel_rows *in, int64_t rows, const dure_format format, const char *panel,
                           dure_packed w, int64_t outputs) {
    switch (rows) {
    case 1: quantized_panel(in, 1, format, panel, w, outputs); break;
    case 2: quantized_panel(in, 2, format, panel, w, outputs); break;
#if PANEL_ROWS >= 4
    case 3: quantized_panel(in, 3, format, panel, w, outputs); break;
    case 4: quantized_panel(in, 4, format, panel, w, outputs); break;
#endif
#if PANEL_ROWS >= 6
    case 5: quantized_panel(in, 5, format, panel, w, outputs); break;
    case 6: quantized_panel(in, 6, format, panel, w, outputs); break;
#endif
    }
}

/* The rows of a tile: as many in each as can be, and never one alone where they can be shared out evenly. */
INLINE int64_t tile_end(int64_t first, int64_t m) {
    const int64_t tiles = (m - first + PANEL_ROWS - 1) / PANEL_ROWS;
    return first + (m - first + tiles - 1) / tiles;
}

INLINE void product_of_quantized(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows,
                                 dure_packed w, const dure_format format, int64_t m) {
    const int64_t panel_outputs = dure_panel_outputs(format);
    const int64_t bytes = dure_panel_bytes(format, w.inputs);
    for (int64_t j = 0; j < w.outputs; j += panel_outputs) {
        const char *panel = (const char *)w.base + j / panel_outputs * bytes;
        int64_t end = 0;
        for (int64_t first = 0; first < m; first = end) {
            end = tile_end(first, m);
            panel_rows rows = {.out = out + first * out_stride + j, .out_stride = out_stride};
            for (int64_t i = first; i < end; i++) {
                const int64_t row = in_rows != NULL ? in_rows[i] : i;
                rows.values[i - first] = in.values + row * in.stride;
                rows.scales[i - first] = in.scales + row * in.groups;
                rows.corrections[i - first] = in.corrections + row * in.groups;
            }
            quantized_rows(&rows, end - first, format, panel, w, smaller(w.outputs - j, panel_outputs));
        }
    }
}

static void product_quantized(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows,
                              dure_packed w, int64_t m) {
    switch (w.format) {
    case DURE_PACKED_BF16: break;
    case DURE_PACKED_INT8: product_of_quantized(out, out_stride, in, in_rows, w, DURE_PACKED_INT8, m); break;
    case DURE_PACKED_INT4_G32: product_of_quantized(out, out_stride, in, in_rows, w, DURE_PACKED_INT4_G32, m); break;
    case DURE_PACKED_INT4_G64: product_of_quantized(out, out_stride, in, in_rows, w, DURE_PACKED_INT4_G64, m); break;
    }
}
