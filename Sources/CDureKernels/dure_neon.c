/* Sixteen lanes are four registers. Every 64-bit Arm has what this needs. */

#if defined(__aarch64__)

#define VARIANT dure_neon_kernels
#define VARIANT_NAME "neon"
#define TILE_ROWS 2
#define TILE_COLUMNS 3
#define PANEL_ROWS 2
#define PANEL_VECTORS 2
#define NIBBLE_VECTORS 1
#define DOTS "dure_dots_portable.h"

#include "dure_vector_kernels.h"

#endif
