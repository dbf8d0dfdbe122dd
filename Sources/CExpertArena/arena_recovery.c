#include "arena_internal.h"

/* Clearing up after workers that died between two states.
 *
 * Nobody but the dead one would change the words that it owns (LOADING and EVICTING entries, HELD slots, its
 * pins), and nobody takes its row before they are cleared; so under the structural lock they hold still. Each step
 * leaves words that the same steps, done again, handle: who recovers may die at it, and the next one starts over.
 * The row is freed last. */

static void recover_entry(dure_arena *arena, uint32_t entry, uint64_t word) {
    const entry_word now = entry_decode(word);
    uint64_t next = entry_next(word, ENTRY_EMPTY, 0, 0);
    if (now.state == ENTRY_EVICTING) {
        /* While the slot's word names the entry, nothing was written to the slot: the record is whole. It may be HELD,
         * where its publisher has one more write to do: to say EMPTY here would leave that slot to nobody. */
        const uint64_t slot = atomic_load(&arena->slot_words[now.slot]);
        if (slot_is_valid(slot, arena->entries) && slot_decode(slot).state != SLOT_FREE
            && slot_decode(slot).entry == entry)
            next = entry_next(word, ENTRY_READY, now.slot, 0);
    }
    (void)atomic_compare_exchange_strong(&arena->entry_words[entry], &word, next);
    EDGE();
}

static void recover_slot(dure_arena *arena, uint32_t slot, uint64_t word) {
    const slot_word now = slot_decode(word);
    const uint64_t entry = atomic_load(&arena->entry_words[now.entry]);
    const entry_word refers = entry_decode(entry);
    /* An entry that others see in this slot was published; only its publisher's last write is missing. It may be
     * EVICTING by a live worker, who then finds the slot's word HELD or OF, and is right with both. */
    const int is_published = entry_is_valid(entry, arena->geometry.slots) && refers.slot == slot
                             && (refers.state == ENTRY_READY || refers.state == ENTRY_EVICTING);
    const uint64_t next = is_published ? slot_of(now.entry, now.transient) : 0;
    (void)atomic_compare_exchange_strong(&arena->slot_words[slot], &word, next);
    EDGE();
}

static void recover_row(dure_arena *arena, uint32_t row) {
    arena_row *worker = &arena->rows[row];
    for (int i = 0; i < DURE_ARENA_COUNTERS; i++) {
        const uint64_t count = atomic_exchange(&worker->counters[i], 0);
        atomic_fetch_add(&arena->shared->totals[i], count);
    }
    atomic_store(&worker->position, 0);
    EDGE();
    atomic_fetch_and(&worker->state, ~1ull);
    EDGE();
}

int32_t arena_recover_rows(dure_arena *arena, uint64_t dead, dure_arena_problem *problem) {
    int32_t code = DURE_ARENA_OK;
    for (uint32_t entry = 0; entry < arena->entries; entry++) {
        const uint64_t word = atomic_load(&arena->entry_words[entry]);
        if (arena_check_entry(arena, entry, word, problem)) {
            code = problem->code;
            continue;
        }
        const entry_word now = entry_decode(word);
        const int is_owned = now.state == ENTRY_LOADING || now.state == ENTRY_EVICTING;
        if (is_owned && dead >> now.owner & 1) recover_entry(arena, entry, word);
    }
    for (uint32_t slot = 0; slot < arena->geometry.slots; slot++) {
        const uint64_t word = atomic_load(&arena->slot_words[slot]);
        if (arena_check_slot(arena, slot, word, problem)) {
            code = problem->code;
            continue;
        }
        if (slot_decode(word).state == SLOT_HELD && dead >> slot_decode(word).owner & 1)
            recover_slot(arena, slot, word);
        for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++)
            if (dead >> row & 1 && atomic_load(&arena->pins[slot].rows[row]) != 0)
                atomic_store(&arena->pins[slot].rows[row], 0);
    }
    EDGE();
    for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++)
        if (dead >> row & 1 && row_is_attached(atomic_load(&arena->rows[row].state))) recover_row(arena, row);
    for (uint32_t layer = 0; layer < arena->geometry.layers; layer++) arena_signal(arena, (int32_t)layer);
    arena_signal(arena, DURE_ARENA_SLOTS);
    arena_signal(arena, DURE_ARENA_POSITIONS);
    return code;
}

/* Rows that no live worker has; with `attached`, only those that still look taken. */
static uint64_t dead_rows(const dure_arena *arena, int attached) {
    uint64_t dead = 0;
    for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++) {
        const int is_taken = row_is_attached(atomic_load(&arena->rows[row].state));
        if ((is_taken || !attached) && !(is_taken && arena_row_is_alive(arena, row))) dead |= 1ull << row;
    }
    return dead;
}

int32_t dure_arena_recover(dure_arena *arena, int64_t timeout_ms, int32_t *recovered, dure_arena_problem *problem) {
    *recovered = 0;
    if (arena->descriptor < 0 || arena->is_view || dead_rows(arena, 1) == 0) return DURE_ARENA_OK;
    int32_t code = arena_lock_structure(arena, timeout_ms, problem);
    if (code) return code;
    const uint64_t dead = dead_rows(arena, 1);
    /* Words of a row that nobody has are nobody's: there are none, unless a segment is damaged. */
    if (dead) code = arena_recover_rows(arena, dead_rows(arena, 0), problem);
    *recovered = __builtin_popcountll(dead);
    arena_unlock_structure(arena);
    return code;
}
