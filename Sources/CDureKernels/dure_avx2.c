/* Sixteen lanes are two registers. */

#if defined(__x86_64__)

#define VARIANT dure_avx2_kernels
#define VARIANT_NAME "avx2"
#define TILE_ROWS 2
#define TILE_COLUMNS 3
#define PANEL_ROWS 2
#define PANEL_VECTORS 2
#define NIBBLE_VECTORS 1
#define DOTS "dure_dots_avx2.h"

/* Whatever takes or returns a vector is inlined, so that no calling convention is involved. */
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "dure_vector_kernels.h"

#pragma clang attribute pop

#endif
