/* Kernels that go over rows once. */

static void rms_norm(float *out, int64_t out_stride, const float *in, int64_t in_stride, dure_weight w, int64_t m,
                     int64_t n, float epsilon) {
    for (int64_t i = 0; i < m; i++) {
        const float *x = in + i * in_stride;
        const char *weights = w.base;
        const int64_t bytes = element_bytes(w.element);
        f16v lanes = {0};
        int64_t j = 0;
        for (; j + DURE_LANES <= n; j += DURE_LANES) lanes = fma16(load(x + j), load(x + j), lanes);
        const f16v rest = load_first(x + j, n - j);
        lanes = fma16(rest, rest, lanes);
        const float inverse = 1.0f / sqrtf(sum_of_lanes(lanes) / (float)n + epsilon);
        for (j = 0; j + DURE_LANES <= n; j += DURE_LANES) {
            const f16v scaled = load(x + j) * splat(inverse);
            store(out + i * out_stride + j, scaled * load_weights(weights + j * bytes, w.element));
        }
        const f16v last = load_first(x + j, n - j) * splat(inverse);
        store_first(out + i * out_stride + j, last * load_first_weights(weights + j * bytes, w.element, n - j), n - j);
    }
}

INLINE f16v sigmoid16(f16v x) { return splat(1.0f) / (splat(1.0f) + exponential(-x)); }

INLINE f16v swiglu16(f16v gate, f16v up) { return gate / (splat(1.0f) + exponential(-gate)) * up; }

static void swiglu(float *out, const float *gate, const float *up, int64_t count) {
    int64_t i = 0;
    for (; i + DURE_LANES <= count; i += DURE_LANES) store(out + i, swiglu16(load(gate + i), load(up + i)));
    const int64_t rest = count - i;
    if (rest > 0) store_first(out + i, swiglu16(load_first(gate + i, rest), load_first(up + i, rest)), rest);
}

static void sigmoid(float *out, const float *in, int64_t count) {
    int64_t i = 0;
    for (; i + DURE_LANES <= count; i += DURE_LANES) store(out + i, sigmoid16(load(in + i)));
    if (i < count) store_first(out + i, sigmoid16(load_first(in + i, count - i)), count - i);
}

static void combine(float *out, const float *in, int64_t in_stride, const int32_t *rows, const float *weights,
                    int64_t ranks, int64_t n) {
    int64_t j = 0;
    for (; j + DURE_LANES <= n; j += DURE_LANES) {
        f16v sum = {0};
        for (int64_t r = 0; r < ranks; r++) {
            sum = fma16(splat(weights[r]), load(in + rows[r] * in_stride + j), sum);
        }
        store(out + j, sum);
    }
    if (j == n) return;
    f16v sum = {0};
    for (int64_t r = 0; r < ranks; r++) {
        sum = fma16(splat(weights[r]), load_first(in + rows[r] * in_stride + j, n - j), sum);
    }
    store_first(out + j, sum, n - j);
}

INLINE void widen_row(float *out, const char *from, const dure_element element, int64_t n) {
    const int64_t bytes = element_bytes(element);
    int64_t j = 0;
    for (; j + DURE_LANES <= n; j += DURE_LANES) store(out + j, load_weights(from + j * bytes, element));
    if (j < n) store_first(out + j, load_first_weights(from + j * bytes, element, n - j), n - j);
}

static void widen(float *out, dure_weight w, int64_t row, int64_t n) {
    const char *from = (const char *)w.base + row * w.stride * element_bytes(w.element);
    switch (w.element) {
    case DURE_F32: widen_row(out, from, DURE_F32, n); break;
    case DURE_BF16: widen_row(out, from, DURE_BF16, n); break;
    case DURE_F16: widen_row(out, from, DURE_F16, n); break;
    }
}

static void narrow(uint16_t *out, const float *in, int64_t n) {
    for (int64_t j = 0; j < n; j += DURE_LANES) {
        const int64_t count = smaller(n - j, DURE_LANES);
        const f16v x = count == DURE_LANES ? load(in + j) : load_first(in + j, count);
        const u16v bits = (u16v)x;
        const u16v rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
        const u16v nan = {DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN,
                          DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN,
                          DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN, DURE_BF16_NAN};
        const h16u halves = __builtin_convertvector((u16v)select16(x != x, (f16v)nan, (f16v)rounded), h16u);
        memcpy(out + j, &halves, (size_t)count * sizeof *out);
    }
}

static void add(float *out, const float *in, int64_t count) {
    int64_t i = 0;
    for (; i + DURE_LANES <= count; i += DURE_LANES) store(out + i, load(out + i) + load(in + i));
    for (; i < count; i++) out[i] = out[i] + in[i];
}
