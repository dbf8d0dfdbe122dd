#include "dure_variants.h"

#include <stddef.h>

const dure_kernels *dure_kernels_variant(int64_t index) {
    const dure_kernels *variants[4] = {&dure_scalar_kernels};
    int64_t count = 1;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")) {
        variants[count++] = &dure_avx2_kernels;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        variants[count++] = &dure_avx512_kernels;
        if (__builtin_cpu_supports("avx512vnni")) variants[count++] = &dure_avx512vnni_kernels;
    }
#elif defined(__aarch64__)
    variants[count++] = &dure_neon_kernels;
#endif
    return index >= 0 && index < count ? variants[index] : NULL;
}
