/* As avx512, with the instruction that multiplies and adds four bytes at once. */

#if defined(__x86_64__)

#define VARIANT dure_avx512vnni_kernels
#define VARIANT_NAME "avx512vnni"
#define TILE_ROWS 4
#define TILE_COLUMNS 6
#define PANEL_ROWS 6
#define PANEL_VECTORS 4
#define NIBBLE_VECTORS 2
#define DOTS "dure_dots_vnni.h"

#pragma clang attribute push(__attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), \
                             apply_to = function)

#include "dure_vector_kernels.h"

#pragma clang attribute pop

#endif
