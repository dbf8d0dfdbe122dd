/* Sixteen lanes are one register; a tile's 24 sums fill most of 32. */

#if defined(__x86_64__)

#include "dure_variants.h"

#define TILE_ROWS 4
#define TILE_COLUMNS 6

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
                             apply_to = function)

#include "dure_vector_lanes.h"

#include "dure_vector_product.h"

#include "dure_vector_attention.h"

#include "dure_vector_rows.h"

#include "dure_vector_limits.h"

#pragma clang attribute pop

const dure_kernels dure_avx512_kernels = {
    .name = "avx512",
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
