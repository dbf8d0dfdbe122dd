#ifndef DURE_DEFINITION_H
#define DURE_DEFINITION_H

/* The numbers that fix the order of sums and the value of exp, for every variant. Changing one changes bits, and with
 * them every completion: see docs/numerics.md. */

/* A sum over k runs in 16 lanes: lane l takes the terms l, l + 16, ... of a block in that order, each with one fma.
 * Missing terms of the last step are 0 * 0. The lanes are then added as a tree: l + (l + 8), l + (l + 4), l + (l + 2),
 * l + (l + 1). Blocks are added in order. */
#define DURE_LANES 16
#define DURE_K_BLOCK 768

/* A sum with packed bf16 weights takes its terms one by one, each with one fma, in blocks of this many inputs that are
 * then added in order. */
#define DURE_PACKED_BLOCK 512

/* Adding it to a number below 2^22 and taking it away again rounds to the nearest whole number, of two to the even. */
#define DURE_ROUNDING_MAGIC 12582912.0f

/* A group of numbers whose largest magnitude is below this is quantised as zeros. */
#define DURE_LEAST_QUANTIZED 0x1p-100f

/* Searching, a group of int4 tries as its scale the extreme / -d for d from DURE_SEARCH_FIRST in steps, and then the
 * scale that fits the best one's integers best. */
#define DURE_SEARCH_CANDIDATES 17
#define DURE_SEARCH_FIRST 5.5f
#define DURE_SEARCH_STEP 0.25f

/* Attention takes its keys in chunks that begin at multiples of this position. */
#define DURE_KEY_CHUNK 64

/* exp(x) = 2^n * exp(r), n = round(x / ln 2) by adding and taking away 1.5 * 2^23, r = x - n ln 2 in two steps. Beyond
 * the thresholds it is 0 and infinity. The polynomial's relative error is below 4e-9. */
#define DURE_EXP_LOWEST -87.0f
#define DURE_EXP_HIGHEST 88.0f
#define DURE_EXP_MAGIC 12582912.0f
#define DURE_EXP_PER_LN2 0x1.715476p+0f
#define DURE_EXP_LN2_HIGH 0x1.62e4p-1f
#define DURE_EXP_LN2_LOW 0x1.7f7d1cp-20f
#define DURE_EXP_C2 0x1.fffffcp-2f
#define DURE_EXP_C3 0x1.555492p-3f
#define DURE_EXP_C4 0x1.5558f2p-5f
#define DURE_EXP_C5 0x1.1239f2p-7f
#define DURE_EXP_C6 0x1.6a241ap-10f

#endif
