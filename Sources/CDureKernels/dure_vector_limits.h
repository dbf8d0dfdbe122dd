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
