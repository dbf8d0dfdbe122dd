#include "dure_checksum.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A sum of errors is the same on every machine: no multiplication and addition become one. */
#pragma STDC FP_CONTRACT OFF

/* The polynomial 0x1EDC6F41, bits reversed. */
#define CASTAGNOLI 0x82F63B78u

/* What the division of four bits leaves. */
static const uint32_t half_table[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
    0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

uint32_t dure_crc32c_definition(uint32_t checksum, const void *bytes, int64_t count) {
    const unsigned char *from = bytes;
    uint32_t crc = ~checksum;
    for (int64_t i = 0; i < count; i++) {
        crc ^= from[i];
        crc = (crc >> 4) ^ half_table[crc & 15];
        crc = (crc >> 4) ^ half_table[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)

/* The product of two polynomials modulo CASTAGNOLI, bits reversed: bit 31 is the coefficient of x^0. */
static uint32_t product(uint32_t a, uint32_t b) {
    uint32_t sum = 0;
    for (int bit = 0; bit < 32; bit++) {
        if (a & (0x80000000u >> bit)) sum ^= b;
        b = (b >> 1) ^ ((b & 1) ? CASTAGNOLI : 0);
    }
    return sum;
}

/* The instruction's result comes after three cycles, and one can begin in each: so three runs of bytes go side by side,
 * and their checksums are put together. A run is 2^RUN_LOGARITHM bytes. */
#define RUN_LOGARITHM 12
#define RUN_BYTES (1 << RUN_LOGARITHM)

/* x^(8 * RUN_BYTES) modulo CASTAGNOLI: to multiply by it is to append a run of zeros. */
static uint32_t run_of_zeros(void) {
    uint32_t power = 0x40000000u;
    for (int doubling = 0; doubling < 3 + RUN_LOGARITHM; doubling++) power = product(power, power);
    return power;
}

#pragma clang attribute push(__attribute__((target("sse4.2"))), apply_to = function)

static uint32_t crc32c_sse42(uint32_t checksum, const void *bytes, int64_t count) {
    const unsigned char *from = bytes;
    uint64_t crc = ~checksum;
    const uint32_t zeros = count >= 3 * RUN_BYTES ? run_of_zeros() : 0;
    while (count >= 3 * RUN_BYTES) {
        uint64_t second = 0, third = 0;
        for (int i = 0; i < RUN_BYTES; i += 8) {
            uint64_t a, b, c;
            memcpy(&a, from + i, 8);
            memcpy(&b, from + RUN_BYTES + i, 8);
            memcpy(&c, from + 2 * RUN_BYTES + i, 8);
            crc = _mm_crc32_u64(crc, a);
            second = _mm_crc32_u64(second, b);
            third = _mm_crc32_u64(third, c);
        }
        crc = product(zeros, (uint32_t)crc) ^ (uint32_t)second;
        crc = product(zeros, (uint32_t)crc) ^ (uint32_t)third;
        from += 3 * RUN_BYTES;
        count -= 3 * RUN_BYTES;
    }
    for (; count >= 8; count -= 8, from += 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    for (; count > 0; count--, from++) crc = _mm_crc32_u8((uint32_t)crc, *from);
    return ~(uint32_t)crc;
}

#pragma clang attribute pop

uint32_t dure_crc32c(uint32_t checksum, const void *bytes, int64_t count) {
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(checksum, bytes, count)
                                            : dure_crc32c_definition(checksum, bytes, count);
}

#else

uint32_t dure_crc32c(uint32_t checksum, const void *bytes, int64_t count) {
    return dure_crc32c_definition(checksum, bytes, count);
}

#endif

void dure_add_deviation(dure_deviation *sums, const float *values, const float *approximations, int64_t count) {
    enum { LANES = 4 };
    double v[LANES] = {0}, a[LANES] = {0}, p[LANES] = {0}, e[LANES] = {0};
    for (int64_t i = 0; i < count; i += LANES) {
        float value[LANES] = {0}, approximation[LANES] = {0};
        const size_t bytes = count - i < LANES ? sizeof(float) * (size_t)(count - i) : sizeof value;
        memcpy(value, values + i, bytes);
        memcpy(approximation, approximations + i, bytes);
        for (int lane = 0; lane < LANES; lane++) {
            const double exact = (double)value[lane], rounded = (double)approximation[lane];
            v[lane] += exact * exact;
            a[lane] += rounded * rounded;
            p[lane] += exact * rounded;
            e[lane] += (exact - rounded) * (exact - rounded);
        }
    }
    sums->values += (v[0] + v[2]) + (v[1] + v[3]);
    sums->approximations += (a[0] + a[2]) + (a[1] + a[3]);
    sums->products += (p[0] + p[2]) + (p[1] + p[3]);
    sums->errors += (e[0] + e[2]) + (e[1] + e[3]);
}
