/* Products with packed weights, in register tiles: up to PANEL_ROWS rows by PANEL_VECTORS vectors of outputs, whose
 * sums run along k, one term (or four, or eight) in each step. A panel is read once for each tile of rows, and should
 * be in the second-level cache by then. */

/* How far ahead of its use a weight is asked for. */
#define PANEL_PREFETCH 3072
/* The vectors of the widest panel. */
#define MOST_VECTORS 4

/* What a tile does for memory while it computes. A plain stream of weights is best left to the processor. */
typedef enum panel_fetch { FETCH_NOTHING, FETCH_TO_FIRST_LEVEL, FETCH_TO_SECOND_LEVEL } panel_fetch;

/* The rows of one tile. */
typedef struct panel_rows {
    const int8_t *values[PANEL_ROWS];
    const float *scales[PANEL_ROWS];
    const int32_t *corrections[PANEL_ROWS];
    float *out;
    int64_t out_stride;
    /* What is fetched with the first 64 bytes of the panel, and how much further on with each 64 that follow. */
    const char *ahead;
    int64_t ahead_step;
} panel_rows;

INLINE void fetch_ahead(const panel_rows *in, const panel_fetch fetch, int64_t line) {
    if (fetch == FETCH_TO_FIRST_LEVEL) __builtin_prefetch(in->ahead + line * in->ahead_step, 0, 3);
    if (fetch == FETCH_TO_SECOND_LEVEL) __builtin_prefetch(in->ahead + line * in->ahead_step, 0, 2);
}

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

/* Vectors of outputs in a panel. */
INLINE int panel_vectors(const dure_format format) { return (int)dure_panel_outputs(format) / DURE_LANES; }

/* How many of them a tile takes at once. One row leaves registers free, and takes all of them where it can, so that
 * memory is read in its own order. */
INLINE int tile_vectors(const int64_t rows, const dure_format format) {
    const int vectors = format == DURE_PACKED_INT8 ? PANEL_VECTORS : NIBBLE_VECTORS;
    const int all = panel_vectors(format);
    return rows == 1 && vectors * PANEL_ROWS >= all ? all : vectors;
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
INLINE void int8_tile(const panel_rows *in, const int rows, const int vectors, const panel_fetch fetch, const char *w,
                      const char *w_scales, int64_t quads, int64_t outputs) {
    i16v sums[PANEL_ROWS][MOST_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = (i16v){0} + in->corrections[r][0];
    }
    for (int64_t q = 0; q < quads; q++) {
        i16v weights[MOST_VECTORS];
        for (int v = 0; v < vectors; v++) {
            fetch_ahead(in, fetch, q * vectors + v);
            weights[v] = load_lanes(w + q * 256 + v * 64);
        }
        for (int r = 0; r < rows; r++) {
            const i16v values = splat_quad(in->values[r] + q * 4);
            for (int v = 0; v < vectors; v++) sums[r][v] = dot_bytes(sums[r][v], weights[v], values);
        }
    }
    for (int v = 0; v < vectors; v++) {
        const f16v scales = (f16v)load_lanes(w_scales + v * 64);
        for (int r = 0; r < rows; r++) {
            const f16v result = to_floats(sums[r][v]) * scales * splat(in->scales[r][0]);
            store_outputs(in->out + r * in->out_stride + v * DURE_LANES, result, outputs - v * DURE_LANES);
        }
    }
}

INLINE void int8_panel(const panel_rows *in, const int rows, const panel_fetch fetch, const char *panel,
                       int64_t quads, int64_t outputs) {
    const int vectors = tile_vectors(rows, DURE_PACKED_INT8);
    for (int64_t first = 0; first < outputs; first += vectors * DURE_LANES) {
        panel_rows part = *in;
        part.out = in->out + first;
        part.ahead = in->ahead + first / DURE_LANES * quads * in->ahead_step;
        int8_tile(&part, rows, vectors, fetch, panel + first * 4, panel + quads * 256 + first * 4, quads,
                  outputs - first);
    }
}

/* Lines that a tile goes through for a group: weights, and one of scales. */
INLINE int64_t pass_lines(const int size, const int vectors) { return size / 8 * vectors + 1; }

/* A group's sums become floats, take both scales, and are added to the totals. */
INLINE void int4_tile(const panel_rows *in, const int rows, const int vectors, const panel_fetch fetch, const int size,
                      const char *w, const char *w_scales, int64_t groups, int64_t outputs) {
    const int64_t lines = pass_lines(size, vectors);
    f16v totals[PANEL_ROWS][MOST_VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) totals[r][v] = splat(0);
    }
    for (int64_t g = 0; g < groups; g++) {
        const char *group = w + g * (size * 16 + 64);
        const char *group_scales = w_scales + g * (size * 16 + 64);
        i16v sums[PANEL_ROWS][MOST_VECTORS];
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) sums[r][v] = (i16v){0} + in->corrections[r][g];
        }
        for (int run = 0; run < size; run += NIBBLE_RUN) {
            nibble_sums parts[PANEL_ROWS][MOST_VECTORS];
            for (int r = 0; r < rows; r++) {
                for (int v = 0; v < vectors; v++) parts[r][v] = begin_nibbles(sums[r][v]);
            }
            for (int t = run; t < smaller(run + NIBBLE_RUN, size); t += 8) {
                i16v low[MOST_VECTORS];
                i16v high[MOST_VECTORS];
                for (int v = 0; v < vectors; v++) {
                    fetch_ahead(in, fetch, g * lines + t / 8 * vectors + v);
                    const i16v both = load_lanes(group + t * 16 + v * 64);
                    low[v] = both & 0x0f0f0f0f;
                    high[v] = (i16v)((u16v)both >> 4) & 0x0f0f0f0f;
                }
                for (int r = 0; r < rows; r++) {
                    const int8_t *values = in->values[r] + g * size + t;
                    const i16v first = splat_quad(values);
                    const i16v second = splat_quad(values + 4);
                    for (int v = 0; v < vectors; v++) {
                        parts[r][v] = add_nibbles(parts[r][v], low[v], first, high[v], second);
                    }
                }
            }
            for (int r = 0; r < rows; r++) {
                for (int v = 0; v < vectors; v++) sums[r][v] = end_nibbles(sums[r][v], parts[r][v]);
            }
        }
        fetch_ahead(in, fetch, g * lines + lines - 1);
        for (int v = 0; v < vectors; v++) {
            const f16v scales = load_scales(group_scales + v * 32);
            for (int r = 0; r < rows; r++) {
                totals[r][v] = fma16(to_floats(sums[r][v]) * splat(in->scales[r][g]), scales, totals[r][v]);
            }
        }
    }
    for (int v = 0; v < vectors; v++) {
        for (int r = 0; r < rows; r++) {
            store_outputs(in->out + r * in->out_stride + v * DURE_LANES, totals[r][v], outputs - v * DURE_LANES);
        }
    }
}

INLINE void int4_panel(const panel_rows *in, const int rows, const panel_fetch fetch, const int size,
                       const char *panel, int64_t groups, int64_t outputs) {
    const int vectors = tile_vectors(rows, DURE_PACKED_INT4_G32);
    for (int64_t first = 0; first < outputs; first += vectors * DURE_LANES) {
        panel_rows part = *in;
        part.out = in->out + first;
        part.ahead = in->ahead + first / (vectors * DURE_LANES) * groups * pass_lines(size, vectors) * in->ahead_step;
        int4_tile(&part, rows, vectors, fetch, size, panel + first * 4, panel + size * 16 + first * 2, groups,
                  outputs - first);
    }
}

/* Panels that follow one another, for one tile of rows; `rows`, `fetch` and `format` become constants. */
INLINE void quantized_panels(const panel_rows *in, const int rows, const panel_fetch fetch, const dure_format format,
                             const char *panel, dure_packed w, int64_t outputs) {
    const int64_t padded = dure_padded_inputs(format, w.inputs);
    const int64_t bytes = dure_panel_bytes(format, w.inputs);
    panel_rows part = *in;
    for (int64_t j = 0; j < outputs; j += dure_panel_outputs(format)) {
        const int64_t count = smaller(outputs - j, dure_panel_outputs(format));
        if (format == DURE_PACKED_INT8) {
            int8_panel(&part, rows, fetch, panel, padded / 4, count);
        } else if (format == DURE_PACKED_INT4_G32) {
            int4_panel(&part, rows, fetch, 32, panel, padded / 32, count);
        } else {
            int4_panel(&part, rows, fetch, 64, panel, padded / 64, count);
        }
        panel += bytes;
        part.ahead += bytes;
        part.out += dure_panel_outputs(format);
    }
}

INLINE void quantized_rows(const panel_rows *in, int64_t rows, const panel_fetch fetch, const dure_format format,
                           const char *panel, dure_packed w, int64_t outputs) {
    switch (rows) {
    case 1: quantized_panels(in, 1, fetch, format, panel, w, outputs); break;
    case 2: quantized_panels(in, 2, fetch, format, panel, w, outputs); break;
#if PANEL_ROWS >= 4
    case 3: quantized_panels(in, 3, fetch, format, panel, w, outputs); break;
    case 4: quantized_panels(in, 4, fetch, format, panel, w, outputs); break;
#endif
#if PANEL_ROWS >= 6
    case 5: quantized_panels(in, 5, fetch, format, panel, w, outputs); break;
    case 6: quantized_panels(in, 6, fetch, format, panel, w, outputs); break;
#endif
    }
}

INLINE void set_rows(panel_rows *rows, dure_quantized in, const int32_t *in_rows, int64_t first, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t row = in_rows != NULL ? in_rows[first + i] : first + i;
        rows->values[i] = in.values + row * in.stride;
        rows->scales[i] = in.scales + row * in.groups;
        rows->corrections[i] = in.corrections + row * in.groups;
    }
}

/* So few rows that they are one tile. A plain stream of weights is left to the processor; where more is computed than
 * read, they are asked for a little ahead. Where a tile goes through a panel more than once, and skips lines each time,
 * each pass fetches its share of the next panel in the order of memory. */
INLINE void product_of_tile(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows, dure_packed w,
                            const dure_format format, int64_t m) {
    panel_rows rows = {.out = out, .out_stride = out_stride};
    set_rows(&rows, in, in_rows, 0, m);
    rows.ahead_step = 64;
    if (tile_vectors(m, format) < panel_vectors(format)) {
        rows.ahead = (const char *)w.base + dure_panel_bytes(format, w.inputs);
        quantized_rows(&rows, m, FETCH_TO_SECOND_LEVEL, format, w.base, w, w.outputs);
        return;
    }
    rows.ahead = (const char *)w.base + PANEL_PREFETCH;
    if (format == DURE_PACKED_INT8 || m <= 2) {
        quantized_rows(&rows, m, FETCH_NOTHING, format, w.base, w, w.outputs);
    } else {
        quantized_rows(&rows, m, FETCH_TO_FIRST_LEVEL, format, w.base, w, w.outputs);
    }
}

/* Rows are shared out evenly, the larger tiles first. */
INLINE int64_t first_of_tile(int64_t tile, int64_t tiles, int64_t m) { return (m * tile + tiles - 1) / tiles; }

/* Several tiles. Each fetches its share of the next panel, so that memory is read all the time and not only during the
 * first; where there are many, their shares are small and several requests fall on one line. */
INLINE void product_of_tiles(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows, dure_packed w,
                             const dure_format format, int64_t m, int64_t tiles) {
    const int64_t panel_outputs = dure_panel_outputs(format);
    const int64_t bytes = dure_panel_bytes(format, w.inputs);
    const int64_t share = (63 + tiles) / tiles;
    for (int64_t j = 0; j < w.outputs; j += panel_outputs) {
        const char *panel = (const char *)w.base + j / panel_outputs * bytes;
        const int64_t outputs = smaller(w.outputs - j, panel_outputs);
        for (int64_t tile = 0; tile < tiles; tile++) {
            const int64_t first = first_of_tile(tile, tiles, m);
            const int64_t count = first_of_tile(tile + 1, tiles, m) - first;
            panel_rows rows = {.out = out + first * out_stride + j, .out_stride = out_stride};
            set_rows(&rows, in, in_rows, first, count);
            rows.ahead = panel + bytes + tile * (bytes / 64) * share;
            rows.ahead_step = share;
            if (format == DURE_PACKED_INT8 && tiles <= 3) {
                quantized_rows(&rows, count, FETCH_TO_SECOND_LEVEL, format, panel, w, outputs);
            } else {
                quantized_rows(&rows, count, FETCH_TO_FIRST_LEVEL, format, panel, w, outputs);
            }
        }
    }
}

INLINE void product_of_quantized(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows,
                                 dure_packed w, const dure_format format, int64_t m) {
    const int64_t tiles = (m + PANEL_ROWS - 1) / PANEL_ROWS;
    if (tiles == 1) {
        product_of_tile(out, out_stride, in, in_rows, w, format, m);
    } else {
        product_of_tiles(out, out_stride, in, in_rows, w, format, m, tiles);
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
