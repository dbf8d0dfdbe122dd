#ifndef DURE_BITS_H
#define DURE_BITS_H

/* Numbers and their bits. */

#include <stdint.h>
#include <string.h>

static inline float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline int is_finite(float value) { return (bits_of(value) & 0x7f800000) != 0x7f800000; }

/* What every NaN becomes. */
#define DURE_BF16_NAN 0x7fc0

/* The nearest bf16 of a finite number, of equals the even one; infinite where that is too large. */
static inline uint16_t to_bf16(float value) {
    const uint32_t bits = bits_of(value);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float from_bf16(uint16_t half) { return from_bits((uint32_t)half << 16); }

#endif
