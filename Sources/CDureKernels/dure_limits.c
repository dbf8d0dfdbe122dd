#include "dure_kernels.h"

#include <string.h>

uint32_t dure_read_limit(const float *from, int64_t count) {
    uint32_t sum = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, from + i, sizeof bits);
        sum += bits;
    }
    return sum;
}
