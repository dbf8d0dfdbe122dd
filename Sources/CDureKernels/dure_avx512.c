/* Sixteen lanes are one register; a tile's 24 sums fill most of 32. */

#if defined(__x86_64__)

#define VARIANT dure_avx512_kernels
#define VARIANT_NAME "avx512"
#define TILE_ROWS 4
#define TILE_COLUMNS 6
/* Products of bytes take registers for their halves. */
#define PANEL_ROWS 4
#define PANEL_VECTORS 4
#define NIBBLE_VECTORS 2
#define DOTS "dure_dots_avx512.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
                             apply_to = function)

#include "dure_vector_kernels.h"

#pragma clang attribute pop

#endif
