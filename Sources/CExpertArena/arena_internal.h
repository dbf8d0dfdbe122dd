#ifndef ARENA_INTERNAL_H
#define ARENA_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "arena_words.h"
#include "dure_arena.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define PAGE_BYTES 4096u
#define ARENA_VERSION 1u

typedef _Atomic uint64_t word64;
typedef _Atomic uint32_t word32;

/* What never changes once the header is written: the first half of its page. Little-endian hosts only, which is
 * all that the kernels are built for; on another one the magic does not match. */
typedef struct arena_header {
    uint64_t magic;
    uint32_t version;
    uint32_t rows;
    uint64_t total_bytes;
    uint8_t digest[32];
    uint32_t layers;
    uint32_t experts;
    uint32_t slots;
    uint32_t node;
    uint64_t record_bytes;
    uint64_t rows_at, entries_at, uses_at, slots_at, pins_at, events_at, data_at;
    uint32_t reserved;
    uint32_t checksum; /* CRC-32C of all before it */
} arena_header;

/* What changes: the second half. Words that different workers write often lie on different cache lines. */
typedef struct arena_shared {
    word64 ready; /* READY_MAGIC once everything else is there */
    char padding0[56];
    word64 latest_sweep;
    char padding1[56];
    word64 totals[DURE_ARENA_COUNTERS];
    word32 slots_event;
    char padding2[60];
    word32 positions_event;
    char padding3[60];
} arena_shared;

#define SHARED_AT 2048u

typedef struct arena_row {
    word64 state;
    word64 pid;
    word64 started;
    word64 position;
    word64 counters[DURE_ARENA_COUNTERS];
    char padding[96];
} arena_row;

typedef struct arena_event {
    word32 word;
    char padding[60];
} arena_event;

/* Pins of one slot, a counter for each worker: those who look at all of them, to evict, read four cache lines. */
typedef struct arena_pins {
    word32 rows[DURE_ARENA_ROWS];
} arena_pins;

_Static_assert(sizeof(arena_row) == 256, "a row is four cache lines");
_Static_assert(sizeof(arena_header) <= SHARED_AT, "the header's halves do not overlap");
_Static_assert(sizeof(arena_shared) <= PAGE_BYTES - SHARED_AT, "the header is one page");

/* A process's handle. Sizes are this process's own copy: what the segment says later changes nothing. */
struct dure_arena {
    dure_arena_geometry geometry;
    uint32_t entries;
    int32_t row;
    int32_t origin;
    int32_t is_view;
    int descriptor; /* -1 for an anonymous one */
    char *path;     /* NULL for an anonymous one */
    pthread_mutex_t mutex; /* within the process; between processes, the lock on the file's first byte */
    word32 rotor;          /* where the next search for a slot begins */
    _Atomic int64_t last_look_us; /* for dead workers */
    unsigned char *base;
    uint64_t mapped_bytes;
    arena_shared *shared;
    arena_row *rows;
    word64 *entry_words;
    word64 *uses;
    word64 *slot_words;
    arena_pins *pins;
    arena_event *events;
    unsigned char *data;
};

#define ARENA_MAGIC 0x414E524145525544ull /* "DUREARNA" */
#define READY_MAGIC 0x5944414552594544ull

/* --- arena_layout.c --- */
uint64_t arena_layout(const dure_arena_geometry *geometry, arena_header *header, dure_arena_problem *problem);
int32_t arena_check_header(const arena_header *header, uint64_t file_bytes, dure_arena_problem *problem);
int32_t arena_compare(const arena_header *header, const dure_arena_geometry *wanted, int32_t any_slots,
                      dure_arena_problem *problem);
void arena_map_tables(dure_arena *arena, const arena_header *header);

/* --- arena_locks.c --- */
int64_t arena_now_us(void);
enum { STRUCTURE_BYTE = 0, FIRST_ROW_BYTE = 1 };
int arena_try_lock(int descriptor, int64_t byte);
void arena_unlock(int descriptor, int64_t byte);
int32_t arena_lock_file(int descriptor, int64_t timeout_ms, dure_arena_problem *problem);
int32_t arena_lock_structure(dure_arena *arena, int64_t timeout_ms, dure_arena_problem *problem);
void arena_unlock_structure(dure_arena *arena);
/* Whether somebody else holds one of the bytes. */
int arena_is_locked(int descriptor, int64_t byte, int64_t count);
int arena_row_is_alive(const dure_arena *arena, uint32_t row);

/* --- arena_recovery.c --- */
/* The caller has the structural lock. */
int32_t arena_recover_rows(dure_arena *arena, uint64_t dead, dure_arena_problem *problem);

/* --- arena_entries.c --- */
int32_t arena_check_entry(const dure_arena *arena, uint32_t entry, uint64_t word, dure_arena_problem *problem);
int32_t arena_check_slot(const dure_arena *arena, uint32_t slot, uint64_t word, dure_arena_problem *problem);

/* --- arena_evict.c --- */
int32_t arena_evict_to(dure_arena *arena, uint32_t victim, uint64_t held, uint32_t *slot, int32_t *evicted,
                       dure_arena_problem *problem);

/* --- arena_events.c --- */
void arena_signal(dure_arena *arena, int32_t event);

/* --- arena_problem.c --- */
int32_t arena_fail(dure_arena_problem *problem, int32_t code, const char *what, uint64_t expected, uint64_t got);
int32_t arena_system(dure_arena_problem *problem, const char *what);

/* --- arena_edges.c --- */
extern _Atomic int arena_edges_are_counted;
void arena_count_edge(const char *file, int32_t line);

/* A place between two states where a worker may die: where the tests kill one. */
#define EDGE()                                                                                         \
    do {                                                                                               \
        if (__builtin_expect(atomic_load_explicit(&arena_edges_are_counted, memory_order_relaxed), 0)) \
            arena_count_edge(__FILE_NAME__, __LINE__);                                                 \
    } while (0)

#endif
