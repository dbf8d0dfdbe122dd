/* Sixteen lanes are two registers. */

#if defined(__x86_64__)

#include "dure_variants.h"

#define TILE_ROWS 2
#define TILE_COLUMNS 3

/* Whatever takes or returns a vector is inlined, so that no calling convention is involved. */
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "dure_vector_lanes.h"

#include "dure_vector_product.h"

#include "dure_vector_attention.h"

#include "dure_vector_rows.h"

#include "dure_vector_limits.h"

#pragma clang attribute pop

const dure_kernels dure_avx2_kernels = {
    .name = "avx2",
    .product = product,
    .accumulate = accumulate,
    .attend = attend,
    .rms_norm = rms_norm,
    .swiglu = swiglu,
    .sigmoid = sigmoid,
    .combine = combine,
    .widen = widen,
    .add = add,
    .multiply_add_limit = multiply_add_limit,
};

#endif
