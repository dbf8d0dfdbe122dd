#include "arena_internal.h"

#include "dure_checksum.h"

/* Lookups, and loads from claim to publication. All operations on state words, slot words and pins are sequentially
 * consistent: the protocol rests on the order of a write to one word and a read of another. */

/* How often a lookup tries again because the entry changed under it; then it is in transit, and the caller waits. */
#define TRIES 16

int32_t arena_check_entry(const dure_arena *arena, uint32_t entry, uint64_t word, dure_arena_problem *problem) {
    if (entry_is_valid(word, arena->geometry.slots)) return DURE_ARENA_OK;
    return arena_fail(problem, DURE_ARENA_CORRUPT, "state word of entry, got word", entry, word);
}

int32_t arena_check_slot(const dure_arena *arena, uint32_t slot, uint64_t word, dure_arena_problem *problem) {
    if (slot_is_valid(word, arena->entries)) return DURE_ARENA_OK;
    return arena_fail(problem, DURE_ARENA_CORRUPT, "word of slot, got word", slot, word);
}

static int32_t check_range(const dure_arena *arena, uint32_t entry, dure_arena_problem *problem) {
    if (entry < arena->entries && arena->row >= 0) return DURE_ARENA_OK;
    return arena_fail(problem, DURE_ARENA_LIMITS, "entry, below", arena->entries, entry);
}

static word32 *own_pins(dure_arena *arena, uint32_t slot) { return &arena->pins[slot].rows[arena->row]; }

int32_t dure_arena_unpin(dure_arena *arena, uint32_t slot, dure_arena_problem *problem) {
    if (slot >= arena->geometry.slots)
        return arena_fail(problem, DURE_ARENA_LIMITS, "slot, below", arena->geometry.slots, slot);
    uint32_t pins = atomic_load(own_pins(arena, slot));
    do {
        if (pins == 0) return arena_fail(problem, DURE_ARENA_CORRUPT, "pins of slot, got pins", slot, 0);
    } while (!atomic_compare_exchange_weak(own_pins(arena, slot), &pins, pins - 1));
    EDGE();
    if (pins == 1) arena_signal(arena, DURE_ARENA_SLOTS);
    return DURE_ARENA_OK;
}

/* Pins a resident entry: raises the counter, then looks whether the entry is still as it was. An evictor changes the
 * entry, then looks at the counters. Whoever comes second in the one order of all these operations sees the other. */
static int32_t pin(dure_arena *arena, uint32_t entry, uint64_t word, dure_arena_load *load,
                   dure_arena_problem *problem) {
    const uint32_t slot = entry_decode(word).slot;
    EDGE();
    atomic_fetch_add(own_pins(arena, slot), 1);
    EDGE();
    if (atomic_load(&arena->entry_words[entry]) != word) {
        load->kind = DURE_ARENA_MISSING;
        return dure_arena_unpin(arena, slot, problem);
    }
    /* HELD is right, too: who published it, or died when about to, has not yet changed the slot's word. */
    const uint64_t held = atomic_load(&arena->slot_words[slot]);
    int32_t code = arena_check_slot(arena, slot, held, problem);
    if (!code && (slot_decode(held).state == SLOT_FREE || slot_decode(held).entry != entry))
        code = arena_fail(problem, DURE_ARENA_CORRUPT, "slot's entry", entry, slot_decode(held).entry);
    if (code) {
        dure_arena_problem ignored;
        (void)dure_arena_unpin(arena, slot, &ignored);
        return code;
    }
    load->kind = DURE_ARENA_RESIDENT;
    load->slot = slot;
    load->word = word;
    return DURE_ARENA_OK;
}

int32_t dure_arena_acquire(dure_arena *arena, uint32_t entry, int32_t claims, dure_arena_load *load,
                           dure_arena_problem *problem) {
    *load = (dure_arena_load){.kind = DURE_ARENA_MISSING, .owner = -1, .entry = entry};
    int32_t code = check_range(arena, entry, problem);
    uint64_t word = 0;
    for (int try = 0; !code && try < TRIES; try++) {
        word = atomic_load(&arena->entry_words[entry]);
        code = arena_check_entry(arena, entry, word, problem);
        if (code) return code;
        const entry_word now = entry_decode(word);
        switch (now.state) {
        case ENTRY_READY:
            code = pin(arena, entry, word, load, problem);
            if (load->kind == DURE_ARENA_RESIDENT) return code;
            break;
        case ENTRY_EMPTY:
            if (!claims) return DURE_ARENA_OK;
            const uint64_t claimed = entry_next(word, ENTRY_LOADING, 0, (uint32_t)arena->row);
            if (!atomic_compare_exchange_strong(&arena->entry_words[entry], &word, claimed)) break;
            EDGE();
            load->kind = DURE_ARENA_CLAIMED;
            load->owner = arena->row;
            load->word = claimed;
            return DURE_ARENA_OK;
        default:
            load->kind = DURE_ARENA_IN_TRANSIT;
            load->owner = (int32_t)now.owner;
            return DURE_ARENA_OK;
        }
    }
    load->kind = DURE_ARENA_IN_TRANSIT;
    load->owner = (int32_t)entry_decode(word).owner;
    return code;
}

static int32_t check_claim(dure_arena *arena, const dure_arena_load *load, dure_arena_problem *problem) {
    const int32_t code = check_range(arena, load->entry, problem);
    if (code) return code;
    const uint64_t word = atomic_load(&arena->entry_words[load->entry]);
    if (word == load->word) return DURE_ARENA_OK;
    return arena_fail(problem, DURE_ARENA_CORRUPT, "state word of a claimed entry", load->word, word);
}

int32_t dure_arena_publish(dure_arena *arena, dure_arena_load *load, uint64_t from, uint64_t count, uint32_t checksum,
                           int32_t pins, dure_arena_problem *problem) {
    int32_t code = check_claim(arena, load, problem);
    if (code) return code;
    const uint64_t bytes = arena->geometry.record_bytes;
    if (load->slot_word == 0 || load->slot >= arena->geometry.slots || count > bytes || from > bytes - count)
        return arena_fail(problem, DURE_ARENA_LIMITS, "bytes of a slot that was taken", bytes, from + count);
    const unsigned char *record = dure_arena_slot(arena, load->slot);
    const uint32_t got = dure_crc32c(0, record + from, (int64_t)count);
    if (got != checksum) return arena_fail(problem, DURE_ARENA_CHECKSUM, "CRC-32C of the record", checksum, got);
    /* Before anybody can see the entry, and so before anybody can evict it. */
    if (pins) atomic_fetch_add(own_pins(arena, load->slot), 1);
    EDGE();
    uint64_t word = load->word;
    const uint64_t ready = entry_next(word, ENTRY_READY, load->slot, 0);
    /* Releases the record's bytes to whoever reads this word. */
    if (!atomic_compare_exchange_strong(&arena->entry_words[load->entry], &word, ready)) {
        dure_arena_problem ignored;
        if (pins) (void)dure_arena_unpin(arena, load->slot, &ignored);
        return arena_fail(problem, DURE_ARENA_CORRUPT, "state word of a claimed entry", load->word, word);
    }
    EDGE();
    uint64_t held = load->slot_word;
    const uint64_t of = slot_of(load->entry, slot_decode(held).transient);
    const int is_whole = atomic_compare_exchange_strong(&arena->slot_words[load->slot], &held, of);
    EDGE();
    load->kind = pins ? DURE_ARENA_RESIDENT : DURE_ARENA_MISSING;
    load->word = ready;
    arena_signal(arena, (int32_t)(load->entry / arena->geometry.experts));
    EDGE();
    if (!pins) arena_signal(arena, DURE_ARENA_SLOTS);
    if (is_whole) return DURE_ARENA_OK;
    return arena_fail(problem, DURE_ARENA_CORRUPT, "word of a slot that was taken", load->slot_word, held);
}

int32_t dure_arena_abandon(dure_arena *arena, dure_arena_load *load, dure_arena_problem *problem) {
    int32_t code = check_claim(arena, load, problem);
    if (code) return code;
    if (load->slot_word != 0) {
        uint64_t held = load->slot_word;
        if (!atomic_compare_exchange_strong(&arena->slot_words[load->slot], &held, 0))
            code = arena_fail(problem, DURE_ARENA_CORRUPT, "word of a slot that was taken", load->slot_word, held);
        load->slot_word = 0;
        EDGE();
    }
    uint64_t word = load->word;
    if (!atomic_compare_exchange_strong(&arena->entry_words[load->entry], &word,
                                        entry_next(word, ENTRY_EMPTY, 0, 0)))
        code = arena_fail(problem, DURE_ARENA_CORRUPT, "state word of a claimed entry", load->word, word);
    EDGE();
    load->kind = DURE_ARENA_MISSING;
    arena_signal(arena, (int32_t)(load->entry / arena->geometry.experts));
    arena_signal(arena, DURE_ARENA_SLOTS);
    return code;
}

void *dure_arena_slot(const dure_arena *arena, uint32_t slot) {
    return arena->data + (uint64_t)(slot < arena->geometry.slots ? slot : 0) * arena->geometry.record_bytes;
}
