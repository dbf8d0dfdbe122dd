/* What the machine can do at most, for benchmarks to compare with. */

static int64_t multiply_add_limit(float *out, int64_t steps) {
    const f16v half = splat(0.5f);
    const f16v one = splat(1.0f);
    f16v chains[TILE_ROWS * TILE_COLUMNS];
    for (int i = 0; i < TILE_ROWS * TILE_COLUMNS; i++) chains[i] = splat((float)i);
    for (int64_t step = 0; step < steps; step++) {
        for (int i = 0; i < TILE_ROWS * TILE_COLUMNS; i++) chains[i] = fma16(chains[i], half, one);
    }
    f16v sum = {0};
    for (int i = 0; i < TILE_ROWS * TILE_COLUMNS; i++) sum = sum + chains[i];
    store(out, sum);
    return steps * TILE_ROWS * TILE_COLUMNS * DURE_LANES * 2;
}

static int64_t integer_limit(float *out, int64_t steps) {
    i16v values[PANEL_ROWS];
    i16v weights[PANEL_VECTORS];
    i16v chains[PANEL_ROWS][PANEL_VECTORS] = {{{0}}};
    for (int r = 0; r < PANEL_ROWS; r++) values[r] = (i16v){0} + (0x7f814001 + r);
    for (int v = 0; v < PANEL_VECTORS; v++) weights[v] = (i16v){0} + v;
    for (int64_t step = 0; step < steps; step++) {
        for (int v = 0; v < PANEL_VECTORS; v++) {
            for (int r = 0; r < PANEL_ROWS; r++) chains[r][v] = dot_bytes(chains[r][v], weights[v], values[r]);
            /* Else the compiler multiplies once for all steps. */
            weights[v] = weights[v] + 1;
        }
    }
    i16v sum = {0};
    for (int v = 0; v < PANEL_VECTORS; v++) {
        for (int r = 0; r < PANEL_ROWS; r++) sum = sum + chains[r][v];
    }
    store(out, to_floats(sum));
    return steps * PANEL_ROWS * PANEL_VECTORS * DURE_LANES * 4 * 2;
}
