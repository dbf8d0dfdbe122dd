#ifndef DURE_CHECKSUM_H
#define DURE_CHECKSUM_H

#include <stdint.h>

/* What tells whether bytes are still those that were written, and how far rounded weights are from the true ones. */

/* CRC-32C (Castagnoli) of `count` bytes that follow bytes whose checksum is `checksum`; 0 for none before them. Any
 * address. The same as dure_crc32c_definition, by the processor's own instruction where it has one. */
uint32_t dure_crc32c(uint32_t checksum, const void *bytes, int64_t count);

/* The definition: one byte after the other, by table. */
uint32_t dure_crc32c_definition(uint32_t checksum, const void *bytes, int64_t count);

/* Sums over pairs of a value and its approximation. */
typedef struct dure_deviation {
    double values;         /* value^2 */
    double approximations; /* approximation^2 */
    double products;       /* value * approximation */
    double errors;         /* (value - approximation)^2 */
} dure_deviation;

/* Adds `count` pairs to `sums`, in f64, in an order that depends on `count` alone. */
void dure_add_deviation(dure_deviation *sums, const float *values, const float *approximations, int64_t count);

#endif
