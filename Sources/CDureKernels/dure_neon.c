/* Sixteen lanes are four registers. Every 64-bit Arm has what this needs. */

#if defined(__aarch64__)

#include "dure_variants.h"

#define TILE_ROWS 2
#define TILE_COLUMNS 3

#include "dure_vector_lanes.h"

#include "dure_vector_product.h"

#include "dure_vector_attention.h"

#include "dure_vector_rows.h"

#include "dure_vector_limits.h"

const dure_kernels dure_neon_kernels = {
    .name = "neon",
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
