#include "arena_internal.h"

#include <string.h>

/* What workers tell each other: where they are, what they have counted, which entries were used when. Nothing of it
 * decides about memory, so a wrong number costs time at most. */

void dure_arena_set_position(dure_arena *arena, uint64_t sweep, int32_t layer) {
    if (arena->row < 0) return;
    const uint64_t position = layer < 0 ? 0 : position_encode(sweep, (uint32_t)layer);
    atomic_store(&arena->rows[arena->row].position, position);
    uint64_t latest = atomic_load_explicit(&arena->shared->latest_sweep, memory_order_relaxed);
    while (layer >= 0 && sweep > latest
           && !atomic_compare_exchange_weak(&arena->shared->latest_sweep, &latest, sweep)) {
    }
    arena_signal(arena, DURE_ARENA_POSITIONS);
}

uint64_t dure_arena_latest_sweep(const dure_arena *arena) {
    return atomic_load_explicit(&arena->shared->latest_sweep, memory_order_relaxed);
}

void dure_arena_add(dure_arena *arena, uint32_t counter, uint64_t amount) {
    if (arena->row < 0 || counter >= DURE_ARENA_COUNTERS) return;
    atomic_fetch_add_explicit(&arena->rows[arena->row].counters[counter], amount, memory_order_relaxed);
}

int32_t dure_arena_get_worker(const dure_arena *arena, uint32_t row, int32_t asks, dure_arena_worker *worker) {
    *worker = (dure_arena_worker){0};
    if (row >= DURE_ARENA_ROWS) return DURE_ARENA_LIMITS;
    const arena_row *from = &arena->rows[row];
    const uint64_t state = atomic_load(&from->state), position = atomic_load(&from->position);
    worker->is_attached = row_is_attached(state);
    worker->is_alive = asks && worker->is_attached && arena_row_is_alive(arena, row);
    worker->generation = state >> 1;
    worker->pid = atomic_load_explicit(&from->pid, memory_order_relaxed);
    worker->started = atomic_load_explicit(&from->started, memory_order_relaxed);
    worker->has_position = (int32_t)(position & 1);
    worker->layer = (uint32_t)(position >> 1) & 0xFFFFu;
    worker->sweep = position >> 17;
    for (int i = 0; i < DURE_ARENA_COUNTERS; i++)
        worker->counters[i] = atomic_load_explicit(&from->counters[i], memory_order_relaxed);
    return DURE_ARENA_OK;
}

void dure_arena_get_totals(const dure_arena *arena, uint64_t totals[DURE_ARENA_COUNTERS]) {
    for (int i = 0; i < DURE_ARENA_COUNTERS; i++)
        totals[i] = atomic_load_explicit(&arena->shared->totals[i], memory_order_relaxed);
}

/* A use: the last sweep in the lower half of the word, the share of sweeps as an f32 in the upper. Of each sweep
 * the share keeps 15/16: it is about the last 16 sweeps. */
#define KEPT 0.9375f

static float share_of(uint64_t use) {
    const uint32_t bits = (uint32_t)(use >> 32);
    float share;
    memcpy(&share, &bits, sizeof share);
    /* Not a share at all, in a damaged segment. */
    return share >= 0 && share <= 1 ? share : 0;
}

static float decayed(float share, uint32_t sweeps) {
    if (sweeps > 512) return 0;
    float factor = 1, power = KEPT;
    for (; sweeps; sweeps >>= 1, power *= power)
        if (sweeps & 1) factor *= power;
    return share * factor;
}

/* From one sweep to a later one; 0 where the order is the other way round, as between workers it may be. */
static uint32_t sweeps_between(uint64_t use, uint64_t sweep) {
    const uint32_t distance = (uint32_t)sweep - (uint32_t)use;
    return distance < 1u << 31 ? distance : 0;
}

void dure_arena_note_use(dure_arena *arena, uint32_t entry, uint64_t sweep) {
    if (entry >= arena->entries || arena->is_view) return;
    uint64_t use = atomic_load_explicit(&arena->uses[entry], memory_order_relaxed);
    const uint32_t sweeps = sweeps_between(use, sweep);
    /* The first one of its sweep counts, whichever worker's it is. */
    if (sweeps == 0 && use != 0) return;
    const float share = decayed(share_of(use), sweeps) + (1 - KEPT);
    uint32_t bits;
    memcpy(&bits, &share, sizeof bits);
    const uint64_t next = (uint64_t)bits << 32 | (uint32_t)sweep;
    /* Where another worker was faster, it noted the same sweep, or nearly. */
    (void)atomic_compare_exchange_strong_explicit(&arena->uses[entry], &use, next, memory_order_relaxed,
                                                  memory_order_relaxed);
}

void dure_arena_get_use(const dure_arena *arena, uint32_t entry, uint64_t sweep, uint64_t *last, float *share) {
    *last = 0, *share = 0;
    if (entry >= arena->entries) return;
    const uint64_t use = atomic_load_explicit(&arena->uses[entry], memory_order_relaxed);
    *share = decayed(share_of(use), sweeps_between(use, sweep));
    *last = use & 0xFFFFFFFFu;
}

int32_t dure_arena_get_slot(const dure_arena *arena, uint32_t slot, dure_arena_slot_info *info) {
    *info = (dure_arena_slot_info){0};
    if (slot >= arena->geometry.slots) return DURE_ARENA_LIMITS;
    const uint64_t word = atomic_load(&arena->slot_words[slot]);
    if (!slot_is_valid(word, arena->entries)) return DURE_ARENA_CORRUPT;
    const slot_word now = slot_decode(word);
    info->state = now.state;
    info->entry = now.entry;
    info->is_transient = (int32_t)now.transient;
    for (uint32_t row = 0; row < DURE_ARENA_ROWS && !info->is_pinned; row++)
        info->is_pinned = atomic_load(&arena->pins[slot].rows[row]) != 0;
    return DURE_ARENA_OK;
}
