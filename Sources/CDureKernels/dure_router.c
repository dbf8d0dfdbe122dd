#include "dure_kernels.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#pragma STDC FP_CONTRACT OFF

/* The index of the largest value among those that are not marked as taken, the lowest of equals, or -1 if all are. Even
 * of NaNs it gives each index only once. */
static int64_t largest_left(const float *values, const float *taken, int64_t count) {
    int64_t best = -1;
    for (int64_t i = 0; i < count; i++) {
        if (taken[i] == 0 && (best < 0 || values[i] > values[best])) best = i;
    }
    return best;
}

static float sum_of_two_largest(const float *values, int64_t count) {
    float first = values[0];
    float second = -INFINITY;
    for (int64_t i = 1; i < count; i++) {
        if (values[i] > first) {
            second = first;
            first = values[i];
        } else if (values[i] > second) {
            second = values[i];
        }
    }
    return count == 1 ? first : first + second;
}

/* Marks the experts of every group but the best ones as taken. */
static void drop_groups(float *taken, const float *values, dure_routing routing, float *group_values,
                        float *group_taken) {
    const int64_t size = routing.experts / routing.groups;
    for (int64_t g = 0; g < routing.groups; g++) {
        group_values[g] = sum_of_two_largest(values + g * size, size);
        group_taken[g] = 0;
    }
    for (int64_t kept = 0; kept < routing.kept_groups; kept++) {
        group_taken[largest_left(group_values, group_taken, routing.groups)] = 1;
    }
    for (int64_t i = 0; i < routing.experts; i++) taken[i] = 1 - group_taken[i / size];
}

void dure_route_f32(int32_t *chosen_experts, float *weights, const float *scores, const float *bias,
                    dure_routing routing, float *scratch) {
    assert(routing.experts % routing.groups == 0 && routing.kept_groups <= routing.groups);
    assert(routing.chosen <= routing.experts / routing.groups * routing.kept_groups);
    float *values = scratch;
    float *taken = values + routing.experts;
    float *group_values = taken + routing.experts;
    for (int64_t i = 0; i < routing.experts; i++) values[i] = bias == NULL ? scores[i] : scores[i] + bias[i];
    drop_groups(taken, values, routing, group_values, group_values + routing.groups);
    float sum = 0;
    for (int64_t rank = 0; rank < routing.chosen; rank++) {
        const int64_t best = largest_left(values, taken, routing.experts);
        taken[best] = 1;
        chosen_experts[rank] = (int32_t)best;
        weights[rank] = scores[best];
        sum = sum + scores[best];
    }
    for (int64_t rank = 0; rank < routing.chosen; rank++) {
        const float weight = routing.normalises ? weights[rank] / (sum + 1e-20f) : weights[rank];
        weights[rank] = weight * routing.scale;
    }
}
