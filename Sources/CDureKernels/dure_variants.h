#ifndef DURE_VARIANTS_H
#define DURE_VARIANTS_H

#include "dure_kernels.h"

extern const dure_kernels dure_scalar_kernels;
#if defined(__x86_64__)
extern const dure_kernels dure_avx2_kernels;
extern const dure_kernels dure_avx512_kernels;
#elif defined(__aarch64__)
extern const dure_kernels dure_neon_kernels;
#endif

#endif
