#include "arena_internal.h"

/* How a load comes by a slot: a free one, or an entry's that is given up for it. */

static int is_pinned(const dure_arena *arena, uint32_t slot) {
    /* All rows, taken or not: a row that is taken after this look pins only what it then sees READY. */
    for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++)
        if (atomic_load(&arena->pins[slot].rows[row])) return 1;
    return 0;
}

/* Evicts `victim` and makes its slot's word `held`. Between its two writes, the entry is EVICTING: whoever dies there
 * leaves it to recovery, which finds out from the slot's word how far it was. */
int32_t arena_evict_to(dure_arena *arena, uint32_t victim, uint64_t held, uint32_t *slot, int32_t *evicted,
                       dure_arena_problem *problem) {
    *evicted = 0;
    uint64_t word = atomic_load(&arena->entry_words[victim]);
    int32_t code = arena_check_entry(arena, victim, word, problem);
    const entry_word now = entry_decode(word);
    /* A look first, so that a pinned one is not even for a moment unavailable to others. */
    if (code || now.state != ENTRY_READY || is_pinned(arena, now.slot)) return code;
    EDGE();
    const uint64_t evicting = entry_next(word, ENTRY_EVICTING, now.slot, (uint32_t)arena->row);
    if (!atomic_compare_exchange_strong(&arena->entry_words[victim], &word, evicting)) return DURE_ARENA_OK;
    EDGE();
    uint64_t of = atomic_load(&arena->slot_words[now.slot]);
    code = arena_check_slot(arena, now.slot, of, problem);
    const slot_word was = slot_decode(of);
    if (!code && (was.state == SLOT_FREE || was.entry != victim))
        code = arena_fail(problem, DURE_ARENA_CORRUPT, "slot's entry", victim, was.entry);
    /* HELD: its publisher has one more write to do, or died before it. */
    const int goes = !code && was.state == SLOT_OF && !is_pinned(arena, now.slot)
                     && atomic_compare_exchange_strong(&arena->slot_words[now.slot], &of, held);
    EDGE();
    const uint64_t next = goes ? entry_next(evicting, ENTRY_EMPTY, 0, 0)
                               : entry_next(evicting, ENTRY_READY, now.slot, 0);
    uint64_t expected = evicting;
    if (!atomic_compare_exchange_strong(&arena->entry_words[victim], &expected, next))
        code = arena_fail(problem, DURE_ARENA_CORRUPT, "state word of an entry in eviction", evicting, expected);
    EDGE();
    arena_signal(arena, (int32_t)(victim / arena->geometry.experts));
    *slot = now.slot;
    *evicted = goes && !code;
    return code;
}

static int32_t check(const dure_arena *arena, const dure_arena_load *load, uint32_t entry,
                     dure_arena_problem *problem) {
    if (arena->row < 0 || entry >= arena->entries || (load && load->entry >= arena->entries))
        return arena_fail(problem, DURE_ARENA_LIMITS, "entry, below", arena->entries, entry);
    if (load && (load->kind != DURE_ARENA_CLAIMED || load->slot_word != 0))
        return arena_fail(problem, DURE_ARENA_LIMITS, "a claimed entry without a slot: kind", DURE_ARENA_CLAIMED,
                          (uint64_t)load->kind);
    return DURE_ARENA_OK;
}

int32_t dure_arena_take_slot_of(dure_arena *arena, dure_arena_load *load, uint32_t victim, int32_t transient,
                                int32_t *taken, dure_arena_problem *problem) {
    *taken = 0;
    const int32_t code = check(arena, load, victim, problem);
    if (code) return code;
    const uint64_t held = slot_held((uint32_t)arena->row, load->entry, transient);
    const int32_t result = arena_evict_to(arena, victim, held, &load->slot, taken, problem);
    if (*taken) load->slot_word = held;
    return result;
}

int32_t dure_arena_evict(dure_arena *arena, uint32_t victim, int32_t *evicted, dure_arena_problem *problem) {
    *evicted = 0;
    int32_t code = check(arena, NULL, victim, problem);
    if (code) return code;
    uint32_t slot = 0;
    uint64_t held = slot_held((uint32_t)arena->row, victim, 0);
    code = arena_evict_to(arena, victim, held, &slot, evicted, problem);
    if (code || !*evicted) return code;
    if (!atomic_compare_exchange_strong(&arena->slot_words[slot], &held, 0))
        return arena_fail(problem, DURE_ARENA_CORRUPT, "word of a slot that was taken",
                          slot_held((uint32_t)arena->row, victim, 0), held);
    EDGE();
    arena_signal(arena, DURE_ARENA_SLOTS);
    return DURE_ARENA_OK;
}

/* Looks at every slot at most twice, from another place each time: workers that look at once do not meet. */
int32_t dure_arena_take_slot(dure_arena *arena, dure_arena_load *load, int32_t transient, int32_t *taken,
                             dure_arena_problem *problem) {
    *taken = 0;
    int32_t code = check(arena, load, load->entry, problem);
    if (code) return code;
    const uint32_t slots = arena->geometry.slots;
    const uint64_t held = slot_held((uint32_t)arena->row, load->entry, transient);
    const uint32_t start = atomic_fetch_add_explicit(&arena->rotor, 1, memory_order_relaxed);
    uint32_t transients = 0;
    for (uint32_t i = 0; i < slots; i++) {
        const uint32_t slot = (uint32_t)(((uint64_t)start + i) % slots);
        uint64_t word = atomic_load(&arena->slot_words[slot]);
        if (word == 0 && atomic_compare_exchange_strong(&arena->slot_words[slot], &word, held)) {
            EDGE();
            *taken = 1;
            load->slot = slot;
            load->slot_word = held;
            return DURE_ARENA_OK;
        }
        code = arena_check_slot(arena, slot, word, problem);
        if (code) return code;
        transients += slot_decode(word).state == SLOT_OF && slot_decode(word).transient;
    }
    for (uint32_t i = 0; i < slots && transients > 0; i++) {
        const uint32_t slot = (uint32_t)(((uint64_t)start + i) % slots);
        const uint64_t word = atomic_load(&arena->slot_words[slot]);
        const slot_word now = slot_decode(word);
        if (!slot_is_valid(word, arena->entries) || now.state != SLOT_OF || !now.transient) continue;
        transients--;
        code = dure_arena_take_slot_of(arena, load, now.entry, transient, taken, problem);
        if (code || *taken) return code;
    }
    return DURE_ARENA_OK;
}
