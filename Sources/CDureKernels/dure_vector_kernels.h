/* Everything that a variant is made of, and its table. Included once by each, after its target pragma and its own
 * macros:
 *
 *   VARIANT, VARIANT_NAME            the table and the instruction set's name
 *   TILE_ROWS, TILE_COLUMNS          register tiles of products with weights as they lie in a checkpoint
 *   PANEL_ROWS, PANEL_VECTORS        those of products with packed weights
 *   NIBBLE_VECTORS                   the second of these for int4, which keeps floats beside the integers
 *   DOTS                             the header that multiplies bytes */

#include "dure_variants.h"

#include "dure_vector_lanes.h"

#include "dure_vector_product.h"

#include "dure_vector_attention.h"

#include "dure_vector_rows.h"

#include DOTS

#include "dure_vector_packed.h"

#include "dure_vector_packed_bf16.h"

#include "dure_vector_packing.h"

#include "dure_vector_limits.h"

const dure_kernels VARIANT = {
    .name = VARIANT_NAME,
    .product = product,
    .accumulate = accumulate,
    .attend = attend,
    .rms_norm = rms_norm,
    .swiglu = swiglu,
    .sigmoid = sigmoid,
    .combine = combine,
    .widen = widen,
    .narrow = narrow,
    .add = add,
    .pack = pack,
    .quantize = quantize,
    .swiglu_quantize = swiglu_quantize,
    .product_quantized = product_quantized,
    .product_bf16 = product_bf16,
    .multiply_add_limit = multiply_add_limit,
    .integer_limit = integer_limit,
};
