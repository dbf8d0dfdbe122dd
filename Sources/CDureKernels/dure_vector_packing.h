/* Weights into packed panels, and activations into bytes; see dure_scalar_packing.c. */

typedef int8_t c16v __attribute__((vector_size(16)));
typedef uint8_t b16v __attribute__((vector_size(16)));
typedef uint16_t h16v __attribute__((vector_size(32)));

INLINE f16v rounded(f16v x, f16v inverse) {
    return fma16(x, inverse, splat(DURE_ROUNDING_MAGIC)) - splat(DURE_ROUNDING_MAGIC);
}

INLINE i16v to_integers(f16v x) { return __builtin_convertvector(x, i16v); }

INLINE float largest_of(const float *values, int64_t count) {
    u16v largest = {0};
    int64_t t = 0;
    for (; t + DURE_LANES <= count; t += DURE_LANES) {
        largest = __builtin_elementwise_max(largest, (u16v)load(values + t) & 0x7fffffff);
    }
    if (t < count) {
        largest = __builtin_elementwise_max(largest, (u16v)load_first(values + t, count - t) & 0x7fffffff);
    }
    return from_bits(__builtin_reduce_max(largest));
}

/* Returns the sum of the integers. */
INLINE int32_t quantize_values(int8_t *values, const float *in, int64_t count, float inverse) {
    i16v sums = {0};
    int64_t t = 0;
    for (; t + DURE_LANES <= count; t += DURE_LANES) {
        const i16v q = to_integers(rounded(load(in + t), splat(inverse)));
        const c16v bytes = __builtin_convertvector(q, c16v);
        memcpy(values + t, &bytes, sizeof bytes);
        sums = sums + q;
    }
    if (t < count) {
        const i16v q = to_integers(rounded(load_first(in + t, count - t), splat(inverse)));
        const c16v bytes = __builtin_convertvector(q, c16v);
        memcpy(values + t, &bytes, (size_t)(count - t));
        sums = sums + q;
    }
    return __builtin_reduce_add(sums);
}

/* One group, whose largest magnitude is known. */
INLINE int32_t quantize_group(int8_t *values, float *scale, const float *in, int64_t count, float largest) {
    if (is_finite(largest) && largest >= DURE_LEAST_QUANTIZED) {
        *scale = largest / 127.0f;
        return quantize_values(values, in, count, 127.0f / largest);
    }
    *scale = is_finite(largest) ? 0 : NAN;
    memset(values, 0, (size_t)count);
    return 0;
}

static void quantize(int8_t *values, int64_t padded, float *scales, int32_t *corrections, const float *in, int64_t k,
                     dure_format format) {
    const int64_t groups = dure_groups(format, k);
    const int64_t size = groups == 1 ? k : dure_input_step(format);
    memset(values + k, 0, (size_t)(padded - k));
    for (int64_t g = 0; g < groups; g++) {
        const int64_t first = g * size;
        const int64_t count = smaller(k - first, size);
        const float largest = largest_of(in + first, count);
        const int32_t sum = quantize_group(values + first, scales + g, in + first, count, largest);
        corrections[g] = -dure_weight_excess(format) * sum;
    }
}

/* gate[t] = silu(gate[t]) * up[t]; returns the largest magnitude. */
INLINE float swiglu_largest(float *gate, const float *up, int64_t count) {
    u16v largest = {0};
    int64_t t = 0;
    for (; t + DURE_LANES <= count; t += DURE_LANES) {
        const f16v x = swiglu16(load(gate + t), load(up + t));
        store(gate + t, x);
        largest = __builtin_elementwise_max(largest, (u16v)x & 0x7fffffff);
    }
    if (t < count) {
        /* Zeros beyond the end give zeros. */
        const f16v x = swiglu16(load_first(gate + t, count - t), load_first(up + t, count - t));
        store_first(gate + t, x, count - t);
        largest = __builtin_elementwise_max(largest, (u16v)x & 0x7fffffff);
    }
    return from_bits(__builtin_reduce_max(largest));
}

static void swiglu_quantize(int8_t *values, int64_t padded, float *scales, int32_t *corrections, float *gate,
                            const float *up, int64_t k, dure_format format) {
    const int64_t groups = dure_groups(format, k);
    const int64_t size = groups == 1 ? k : dure_input_step(format);
    memset(values + k, 0, (size_t)(padded - k));
    for (int64_t g = 0; g < groups; g++) {
        const int64_t first = g * size;
        const int64_t count = smaller(k - first, size);
        const float largest = swiglu_largest(gate + first, up + first, count);
        const int32_t sum = quantize_group(values + first, scales + g, gate + first, count, largest);
        corrections[g] = -dure_weight_excess(format) * sum;
    }
}

/* Spreads sixteen 4-byte pieces of one output over as many steps of its panel. */
INLINE void put_pieces(unsigned char *to, const uint32_t *pieces, int64_t count, int64_t stride) {
    for (int64_t p = 0; p < count; p++) memcpy(to + p * stride, pieces + p, sizeof *pieces);
}

INLINE void pack_bf16(unsigned char *panel, const float *row, int64_t padded) {
    for (int64_t t = 0; t < padded; t += DURE_LANES) {
        const u16v bits = (u16v)load(row + t);
        const h16v halves = __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, h16v);
        uint32_t pieces[8];
        memcpy(pieces, &halves, sizeof pieces);
        put_pieces(panel + t / 2 * 256, pieces, smaller(padded - t, DURE_LANES) / 2, 256);
    }
}

INLINE void pack_int8(unsigned char *panel, unsigned char *to_scale, const float *row, int64_t padded) {
    const float largest = largest_of(row, padded);
    const int is_zero = largest < DURE_LEAST_QUANTIZED;
    const float scale = is_zero ? 0 : largest / 127.0f;
    const float inverse = is_zero ? 0 : 127.0f / largest;
    memcpy(to_scale, &scale, sizeof scale);
    for (int64_t t = 0; t < padded; t += DURE_LANES) {
        const b16v bytes = __builtin_convertvector(to_integers(rounded(load(row + t), splat(inverse))) + 128, b16v);
        uint32_t pieces[4];
        memcpy(pieces, &bytes, sizeof pieces);
        put_pieces(panel + t / 4 * 256, pieces, smaller(padded - t, DURE_LANES) / 4, 256);
    }
}

/* A group of four or two vectors. */
typedef struct float_group {
    f16v part[4];
} float_group;

INLINE f16v int4_of(f16v x, f16v inverse) {
    const f16v q = rounded(x, inverse);
    return __builtin_elementwise_min(__builtin_elementwise_max(q, splat(-8)), splat(7));
}

INLINE float int4_error(const float_group *group, const int parts, float scale) {
    const f16v inverse = splat(1.0f / scale);
    f16v lanes = splat(0);
    for (int p = 0; p < parts; p++) {
        const f16v error = fma16(-int4_of(group->part[p], inverse), splat(scale), group->part[p]);
        lanes = fma16(error, error, lanes);
    }
    return sum_of_lanes(lanes);
}

INLINE float int4_refit(const float_group *group, const int parts, float scale) {
    const f16v inverse = splat(1.0f / scale);
    f16v products = splat(0);
    f16v squares = splat(0);
    for (int p = 0; p < parts; p++) {
        const f16v q = int4_of(group->part[p], inverse);
        products = fma16(group->part[p], q, products);
        squares = fma16(q, q, squares);
    }
    const float square = sum_of_lanes(squares);
    return square == 0 ? 0 : from_bf16(to_bf16(sum_of_lanes(products) / square));
}

INLINE float int4_searched_scale(const float_group *group, const int parts, float extreme) {
    float best = from_bf16(to_bf16(extreme / -8.0f));
    float least = int4_error(group, parts, best);
    for (int c = 0; c < DURE_SEARCH_CANDIDATES; c++) {
        const float divisor = DURE_SEARCH_FIRST + (float)c * DURE_SEARCH_STEP;
        const float scale = from_bf16(to_bf16(extreme / -divisor));
        const float error = int4_error(group, parts, scale);
        best = error < least ? scale : best;
        least = error < least ? error : least;
    }
    const float fitted = int4_refit(group, parts, best);
    return fitted != 0 && int4_error(group, parts, fitted) < least ? fitted : best;
}

INLINE float int4_scale(const float_group *group, const int parts, int searches) {
    f16v lows = splat(0);
    f16v highs = splat(0);
    for (int p = 0; p < parts; p++) {
        lows = __builtin_elementwise_min(lows, group->part[p]);
        highs = __builtin_elementwise_max(highs, group->part[p]);
    }
    const float lowest = __builtin_reduce_min(lows);
    const float highest = __builtin_reduce_max(highs);
    const float extreme = highest >= -lowest ? highest : lowest;
    if (highest < DURE_LEAST_QUANTIZED && -lowest < DURE_LEAST_QUANTIZED) return 0;
    return searches ? int4_searched_scale(group, parts, extreme) : from_bf16(to_bf16(extreme / -8.0f));
}

/* Bytes whose low halves are inputs t ..< t + 4 of each eight and whose high ones are t + 4 ..< t + 8. */
INLINE void put_nibbles(unsigned char *to, const float_group *group, const int parts, float inverse) {
    for (int p = 0; p < parts; p++) {
        const b16v q = __builtin_convertvector(to_integers(int4_of(group->part[p], splat(inverse))) + 8, b16v);
        const b16v low = __builtin_shufflevector(q, q, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
        const b16v high = __builtin_shufflevector(q, q, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15);
        const b16v bytes = low | high << 4;
        uint32_t pieces[4];
        memcpy(pieces, &bytes, sizeof pieces);
        put_pieces(to + p * 256, pieces, 2, 128);
    }
}

INLINE void pack_int4(unsigned char *panel, const float *row, int64_t slot, int64_t padded, const int size,
                      int searches) {
    for (int64_t g = 0; g < padded / size; g++) {
        unsigned char *to = panel + g * (size * 16 + 64);
        float_group group;
        for (int p = 0; p < size / DURE_LANES; p++) group.part[p] = load(row + g * size + p * DURE_LANES);
        const float scale = int4_scale(&group, size / DURE_LANES, searches);
        const uint16_t half = to_bf16(scale);
        memcpy(to + size * 16 + slot * 2, &half, sizeof half);
        put_nibbles(to + slot * 4, &group, size / DURE_LANES, scale == 0 ? 0 : 1.0f / scale);
    }
}

/* Widens a row and fills it up with zeros to whole vectors beyond `padded`. */
INLINE void widen_padded(float *scratch, dure_weight w, int64_t row, int64_t k, int64_t padded) {
    widen(scratch, w, row, k);
    memset(scratch + k, 0, (size_t)(padded + DURE_LANES - k) * sizeof *scratch);
}

static int64_t pack(void *packed, dure_format format, dure_weight w, int64_t n, int64_t k, int searches,
                    float *scratch) {
    const int64_t outputs = dure_panel_outputs(format);
    const int64_t padded = dure_padded_inputs(format, k);
    const int64_t bytes = dure_panel_bytes(format, k);
    for (int64_t j = 0; j < (n + outputs - 1) / outputs * outputs; j++) {
        unsigned char *panel = (unsigned char *)packed + j / outputs * bytes;
        const int64_t slot = j % outputs;
        widen_padded(scratch, w, j < n ? j : 0, j < n ? k : 0, padded);
        const float largest = largest_of(scratch, padded);
        if (!is_finite(largest) || !is_finite(from_bf16(to_bf16(largest)))) return j;
        switch (format) {
        case DURE_PACKED_BF16: pack_bf16(panel + slot * 4, scratch, padded); break;
        case DURE_PACKED_INT8: pack_int8(panel + slot * 4, panel + padded * 64 + slot * 4, scratch, padded); break;
        case DURE_PACKED_INT4_G32: pack_int4(panel, scratch, slot, padded, 32, searches); break;
        case DURE_PACKED_INT4_G64: pack_int4(panel, scratch, slot, padded, 64, searches); break;
        }
    }
    return -1;
}
