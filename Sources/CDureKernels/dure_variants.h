#ifndef DURE_VARIANTS_H
#define DURE_VARIANTS_H

#include "dure_kernels.h"

extern const dure_kernels dure_scalar_kernels;

/* The definitions for packed weights. */
int64_t dure_scalar_pack(void *packed, dure_format format, dure_weight w, int64_t n, int64_t k, int searches,
                         float *scratch);
void dure_scalar_quantize(int8_t *values, int64_t padded, float *scales, int32_t *corrections, const float *in,
                          int64_t k, dure_format format);
void dure_scalar_product_quantized(float *out, int64_t out_stride, dure_quantized in, const int32_t *in_rows,
                                   dure_packed w, int64_t m);
void dure_scalar_product_bf16(float *out, int64_t out_stride, const float *in, int64_t in_stride,
                                const int32_t *in_rows, dure_packed w, int64_t m);

#if defined(__x86_64__)
extern const dure_kernels dure_avx2_kernels;
extern const dure_kernels dure_avx512_kernels;
extern const dure_kernels dure_avx512vnni_kernels;
#elif defined(__aarch64__)
extern const dure_kernels dure_neon_kernels;
#endif

#endif
