#include "arena_internal.h"

/* Counts what is in an arena, and whether it fits together. */

static int32_t count_entries(const dure_arena *arena, int32_t quiet, dure_arena_census *census,
                             dure_arena_problem *problem) {
    for (uint32_t entry = 0; entry < arena->entries; entry++) {
        const uint64_t word = atomic_load(&arena->entry_words[entry]);
        const int32_t code = arena_check_entry(arena, entry, word, problem);
        if (code) return code;
        const entry_word now = entry_decode(word);
        census->loading += now.state == ENTRY_LOADING;
        census->evicting += now.state == ENTRY_EVICTING;
        if (now.state != ENTRY_READY) continue;
        census->resident++;
        const uint64_t slot = atomic_load(&arena->slot_words[now.slot]);
        if (quiet && slot != slot_of(entry, slot_decode(slot).transient))
            return arena_fail(problem, DURE_ARENA_CORRUPT, "slot of a resident entry, got word", now.slot, slot);
    }
    return DURE_ARENA_OK;
}

static int32_t count_slots(const dure_arena *arena, int32_t quiet, dure_arena_census *census,
                           dure_arena_problem *problem) {
    for (uint32_t slot = 0; slot < arena->geometry.slots; slot++) {
        const uint64_t word = atomic_load(&arena->slot_words[slot]);
        const int32_t code = arena_check_slot(arena, slot, word, problem);
        if (code) return code;
        const slot_word now = slot_decode(word);
        census->free += now.state == SLOT_FREE;
        census->held += now.state == SLOT_HELD;
        census->transient += now.state == SLOT_OF && now.transient;
        uint64_t pins = 0;
        for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++) pins += atomic_load(&arena->pins[slot].rows[row]);
        census->pins += pins;
        census->pinned += pins != 0;
        if (!quiet || now.state != SLOT_OF) continue;
        const uint64_t entry = atomic_load(&arena->entry_words[now.entry]);
        if (entry_decode(entry).slot != slot || entry_decode(entry).state != ENTRY_READY)
            return arena_fail(problem, DURE_ARENA_CORRUPT, "entry of slot, got word", slot, entry);
    }
    return DURE_ARENA_OK;
}

int32_t dure_arena_take_census(const dure_arena *arena, int32_t quiet, dure_arena_census *census,
                               dure_arena_problem *problem) {
    *census = (dure_arena_census){0};
    for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++) {
        if (!row_is_attached(atomic_load(&arena->rows[row].state))) continue;
        census->attached++;
        if (arena_row_is_alive(arena, row)) census->alive++;
        else census->dead++;
    }
    const int32_t code = count_entries(arena, quiet, census, problem);
    return code ? code : count_slots(arena, quiet, census, problem);
}
