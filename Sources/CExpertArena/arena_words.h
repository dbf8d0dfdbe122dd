#ifndef ARENA_WORDS_H
#define ARENA_WORDS_H

#include "dure_arena.h"

/* The state word of an entry:
 *
 *   bits  0 ..<  2   state
 *   bits  2 ..< 26   slot        READY and EVICTING; else 0
 *   bits 26 ..< 33   owner row   LOADING and EVICTING; else 0
 *   bit  33          0
 *   bits 34 ..< 64   generation, one more at every change, so that a word which was seen twice has not changed between
 */
enum { ENTRY_EMPTY = 0, ENTRY_LOADING, ENTRY_READY, ENTRY_EVICTING };

typedef struct entry_word {
    uint32_t state, slot, owner, generation;
} entry_word;

static inline entry_word entry_decode(uint64_t word) {
    return (entry_word){
        .state = (uint32_t)(word & 3),
        .slot = (uint32_t)(word >> 2) & 0xFFFFFFu,
        .owner = (uint32_t)(word >> 26) & 0x7Fu,
        .generation = (uint32_t)(word >> 34),
    };
}

/* The word that follows `before`. */
static inline uint64_t entry_next(uint64_t before, uint32_t state, uint32_t slot, uint32_t owner) {
    const uint64_t generation = ((before >> 34) + 1) & 0x3FFFFFFFu;
    return (uint64_t)state | (uint64_t)slot << 2 | (uint64_t)owner << 26 | generation << 34;
}

static inline int entry_is_valid(uint64_t word, uint32_t slots) {
    const entry_word entry = entry_decode(word);
    const int has_slot = entry.state == ENTRY_READY || entry.state == ENTRY_EVICTING;
    const int has_owner = entry.state == ENTRY_LOADING || entry.state == ENTRY_EVICTING;
    if (word >> 33 & 1) return 0;
    if (has_slot ? entry.slot >= slots : entry.slot != 0) return 0;
    return has_owner ? entry.owner < DURE_ARENA_ROWS : entry.owner == 0;
}

/* The word of a slot:
 *
 *   bits  0 ..<  2   state
 *   bit   2          transient: HELD and OF
 *   bits  3 ..< 10   owner row: HELD
 *   bits 10 ..< 42   entry: HELD and OF
 *   bits 42 ..< 64   0
 *
 * It needs no generation: only its owner changes a HELD one, only who is EVICTING its entry an OF, and every FREE is
 * like any other. */
enum { SLOT_FREE = 0, SLOT_HELD, SLOT_OF };

typedef struct slot_word {
    uint32_t state, transient, owner, entry;
} slot_word;

static inline slot_word slot_decode(uint64_t word) {
    return (slot_word){
        .state = (uint32_t)(word & 3),
        .transient = (uint32_t)(word >> 2) & 1,
        .owner = (uint32_t)(word >> 3) & 0x7Fu,
        .entry = (uint32_t)(word >> 10),
    };
}

static inline uint64_t slot_held(uint32_t owner, uint32_t entry, int transient) {
    return SLOT_HELD | (uint64_t)(transient != 0) << 2 | (uint64_t)owner << 3 | (uint64_t)entry << 10;
}

static inline uint64_t slot_of(uint32_t entry, uint32_t transient) {
    return SLOT_OF | (uint64_t)(transient != 0) << 2 | (uint64_t)entry << 10;
}

static inline int slot_is_valid(uint64_t word, uint32_t entries) {
    const slot_word slot = slot_decode(word);
    if (word >> 42) return 0;
    switch (slot.state) {
    case SLOT_FREE: return word == 0;
    case SLOT_HELD: return slot.owner < DURE_ARENA_ROWS && slot.entry < entries;
    case SLOT_OF: return slot.owner == 0 && slot.entry < entries;
    default: return 0;
    }
}

/* The word of a worker's row: bit 0 attached, the rest how often the row was taken. */
static inline int row_is_attached(uint64_t word) { return (int)(word & 1); }

/* Where a worker is: bit 0 set, layer in bits 1 ..< 17, sweep above. */
static inline uint64_t position_encode(uint64_t sweep, uint32_t layer) {
    return 1 | (uint64_t)(layer & 0xFFFFu) << 1 | sweep << 17;
}

#endif
