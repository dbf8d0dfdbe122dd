#include "dure_kernels.h"

#pragma STDC FP_CONTRACT OFF

void dure_rotate_f32(float *vectors, int64_t stride, int64_t count, const float *cosines, const float *sines,
                     int64_t half, int interleaved) {
    const int64_t step = interleaved ? 2 : 1;
    const int64_t partner = interleaved ? 1 : half;
    for (int64_t i = 0; i < count; i++) {
        float *vector = vectors + i * stride;
        for (int64_t j = 0; j < half; j++) {
            const float a = vector[j * step];
            const float b = vector[j * step + partner];
            vector[j * step] = a * cosines[j] - b * sines[j];
            vector[j * step + partner] = a * sines[j] + b * cosines[j];
        }
    }
}
