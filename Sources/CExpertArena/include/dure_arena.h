#ifndef DURE_ARENA_H
#define DURE_ARENA_H

#include <stdint.h>

#include "dure_direct_io.h"

/* The arena of the expert cache: memory that the workers of a host share, in which every expert's weights lie at
 * most once. docs/expert-arena.md has the words, the protocol and why it is right.
 *
 * Caveats: - A handle may be used by any number of threads of its process. It is not for a forked child: the child
 * would keep its parent's worker row alive. - Nothing that lies in the segment is believed: words are checked when
 * they are read, and what does not hold is DURE_ARENA_CORRUPT. The size of the file is believed once the segment
 * is mapped: whoever truncates it ends the processes that map it (SIGBUS). It belongs to one user, with mode 0600.
 * - Reads into a slot must be over when the process's descriptors are closed, as they are with read and pread.
 * What an io_uring has in flight may outlive that; it has to be cancelled first. - Every wait has an end. */

enum {
    DURE_ARENA_OK = 0,
    DURE_ARENA_SYSTEM,       /* a system call failed: `system` is its errno */
    DURE_ARENA_FOREIGN,      /* there is something else at that path, or it is somebody else's */
    DURE_ARENA_INCOMPATIBLE, /* an arena of another version, model or size, in use by others */
    DURE_ARENA_CORRUPT,      /* a word of the segment is none that a worker writes */
    DURE_ARENA_BUSY,         /* somebody kept the structural lock for longer than the caller would wait */
    DURE_ARENA_NO_ROW,       /* as many workers as there are rows */
    DURE_ARENA_NO_ROOM,      /* the file system has not got `expected` bytes */
    DURE_ARENA_CHECKSUM,     /* the record in the slot is not the one that was written */
    DURE_ARENA_LIMITS,       /* a size that no arena can have */
};

/* What is wrong, in figures: `what` should be `expected` and is `got`. */
typedef struct dure_arena_problem {
    int32_t code;
    int32_t system;
    char what[64]; /* terminated */
    uint64_t expected;
    uint64_t got;
} dure_arena_problem;

/* What an arena is for, and how large it is. */
typedef struct dure_arena_geometry {
    uint8_t digest[32];    /* of the pack whose experts it holds */
    uint32_t layers;       /* of the model, those without routed experts too */
    uint32_t experts;      /* of a layer */
    uint32_t slots;        /* records that it has room for */
    uint32_t node;         /* the NUMA node that its memory is meant for */
    uint64_t record_bytes; /* of a slot: a multiple of 4096 */
} dure_arena_geometry;

/* The largest that each may be. */
enum { DURE_ARENA_ROWS = 64, DURE_ARENA_COUNTERS = 16 };
#define DURE_ARENA_MAX_SLOTS ((1u << 24) - 1)
#define DURE_ARENA_MAX_ENTRIES (1u << 24)

typedef struct dure_arena dure_arena;

/* --- Life ------------------------------------------------------------------------------------------------------- */

enum { DURE_ARENA_CREATED = 1, DURE_ARENA_JOINED, DURE_ARENA_REUSED, DURE_ARENA_REBUILT };

/* Bytes of the whole segment; 0 where the geometry is beyond the limits, and then `problem` names the size. */
uint64_t dure_arena_bytes(const dure_arena_geometry *geometry, dure_arena_problem *problem);

/* Creates the arena at `path`, or attaches to it, and takes a worker row. With `any_slots`, an arena that live
 * workers use is joined whatever number of slots it has. An arena whose workers are all dead is reused, with what
 * is in it, or built anew where it does not fit. */
int32_t dure_arena_attach(const char *path, const dure_arena_geometry *geometry, int32_t any_slots, int64_t timeout_ms,
                          dure_arena **arena, dure_arena_problem *problem);

/* An arena of this process alone, without a file. */
int32_t dure_arena_attach_anonymous(const dure_arena_geometry *geometry, dure_arena **arena,
                                    dure_arena_problem *problem);

/* Opens the arena at `path` to look at it: without a row, changing nothing. */
int32_t dure_arena_open_view(const char *path, dure_arena **arena, dure_arena_problem *problem);

/* Gives the row back, with all that is still held or pinned by it; the last one out removes the file. */
void dure_arena_detach(dure_arena *arena);

/* Removes the file at `path` if no worker lives, or by `force`: those who map it keep it. `is_used`: whether it was not
 * removed because of live workers. What is no arena is never removed. */
int32_t dure_arena_remove(const char *path, int32_t force, int64_t timeout_ms, int32_t *is_used,
                          dure_arena_problem *problem);

void dure_arena_get_geometry(const dure_arena *arena, dure_arena_geometry *geometry);
int32_t dure_arena_origin(const dure_arena *arena);
/* The row of this worker; -1 for a view. */
int32_t dure_arena_row(const dure_arena *arena);

/* --- Entries: entry = layer * experts + expert
 * ------------------------------------------------------------------- */

enum { DURE_ARENA_MISSING = 1, DURE_ARENA_RESIDENT, DURE_ARENA_CLAIMED, DURE_ARENA_IN_TRANSIT };

/* What a lookup found; the caller hands a resident one's slot to dure_arena_unpin, and a claimed one to
 * dure_arena_publish or dure_arena_abandon. */
typedef struct dure_arena_load {
    int32_t kind;
    int32_t owner; /* the row of who is about it, where it is in transit */
    uint32_t entry;
    uint32_t slot;      /* meaningful where it is resident, or once a slot has been taken */
    uint64_t word;      /* this load's state word */
    uint64_t slot_word; /* 0 until a slot has been taken */
} dure_arena_load;

/* Pins the entry if it is resident. If it is nowhere, claims it where `claims`: whoever looks it up from then on
 * waits. */
int32_t dure_arena_acquire(dure_arena *arena, uint32_t entry, int32_t claims, dure_arena_load *load,
                           dure_arena_problem *problem);
int32_t dure_arena_unpin(dure_arena *arena, uint32_t slot, dure_arena_problem *problem);

/* Finds a slot for a claimed entry: a free one, or that of an unpinned transient record. `taken`: whether there
 * was one. */
int32_t dure_arena_take_slot(dure_arena *arena, dure_arena_load *load, int32_t transient, int32_t *taken,
                             dure_arena_problem *problem);
/* Evicts `victim`, if it is resident and nobody has pinned it, and takes its slot for a claimed entry. */
int32_t dure_arena_take_slot_of(dure_arena *arena, dure_arena_load *load, uint32_t victim, int32_t transient,
                                int32_t *taken, dure_arena_problem *problem);
/* Evicts `victim`, and leaves its slot free. */
int32_t dure_arena_evict(dure_arena *arena, uint32_t victim, int32_t *evicted, dure_arena_problem *problem);

/* Makes a loaded record resident if the CRC-32C of bytes [from, from + count) of its slot is `checksum`; else the
 * load stays open. With `pins`, resident and pinned by this worker. */
int32_t dure_arena_publish(dure_arena *arena, dure_arena_load *load, uint64_t from, uint64_t count, uint32_t checksum,
                           int32_t pins, dure_arena_problem *problem);
/* Gives a claim back, with its slot: the entry is nowhere again. */
int32_t dure_arena_abandon(dure_arena *arena, dure_arena_load *load, dure_arena_problem *problem);

/* The memory of a slot; valid until the arena is detached. */
void *dure_arena_slot(const dure_arena *arena, uint32_t slot);

/* --- Waiting ---------------------------------------------------------------------------------------------------- */

/* What to wait for: a layer's number for a change of one of its entries, or one of these. */
enum { DURE_ARENA_SLOTS = -1, DURE_ARENA_POSITIONS = -2 };

/* To be taken before the condition is looked at; the wait then misses no change after it. */
uint32_t dure_arena_ticket(dure_arena *arena, int32_t event);
/* Waits for a change, at most `timeout_us`; rows of workers found dead meanwhile are recovered. 1 if there was a
 * change. */
int32_t dure_arena_wait(dure_arena *arena, int32_t event, uint32_t ticket, int64_t timeout_us);

/* Clears up after dead workers. `recovered` is the number of rows. */
int32_t dure_arena_recover(dure_arena *arena, int64_t timeout_ms, int32_t *recovered, dure_arena_problem *problem);

/* --- Workers, use
 * ------------------------------------------------------------------------------------------------ */

/* A worker as its row shows it. */
typedef struct dure_arena_worker {
    int32_t is_attached; /* the row is taken, by a live worker or by one that nobody has cleared up after */
    int32_t is_alive;
    uint64_t pid;
    uint64_t generation; /* how often the row was taken */
    uint64_t started;    /* seconds since 1970 */
    uint64_t sweep;
    uint32_t layer;
    int32_t has_position;
    uint64_t counters[DURE_ARENA_COUNTERS];
} dure_arena_worker;

/* Where this worker is: sweep below 2^47, layer below 2^16. A negative layer takes the position back. */
void dure_arena_set_position(dure_arena *arena, uint64_t sweep, int32_t layer);
void dure_arena_add(dure_arena *arena, uint32_t counter, uint64_t amount);
/* `asks` whether it is alive: a system call. */
int32_t dure_arena_get_worker(const dure_arena *arena, uint32_t row, int32_t asks, dure_arena_worker *worker);
/* Counters of the workers that have left or died. */
void dure_arena_get_totals(const dure_arena *arena, uint64_t totals[DURE_ARENA_COUNTERS]);
/* The highest sweep that any worker has published. */
uint64_t dure_arena_latest_sweep(const dure_arena *arena);

/* Notes that `sweep` uses an entry. */
void dure_arena_note_use(dure_arena *arena, uint32_t entry, uint64_t sweep);
/* The last sweep that used it, and the share of recent sweeps that did, as of `sweep`. */
void dure_arena_get_use(const dure_arena *arena, uint32_t entry, uint64_t sweep, uint64_t *last, float *share);

/* A slot as it is at the moment. */
typedef struct dure_arena_slot_info {
    uint32_t state; /* 0 free, 1 held, 2 of an entry */
    uint32_t entry;
    int32_t is_transient;
    int32_t is_pinned;
} dure_arena_slot_info;

int32_t dure_arena_get_slot(const dure_arena *arena, uint32_t slot, dure_arena_slot_info *info);

/* --- Checking --------------------------------------------------------------------------------------------------- */

typedef struct dure_arena_census {
    uint64_t free, held, resident, transient, pinned;
    uint64_t loading, evicting; /* entries */
    uint64_t pins;
    uint64_t attached, alive, dead; /* workers */
} dure_arena_census;

/* Counts everything. `quiet`: whether nobody is at work, so that every word must fit every other one. */
int32_t dure_arena_take_census(const dure_arena *arena, int32_t quiet, dure_arena_census *census,
                               dure_arena_problem *problem);

/* For tests: this process ends itself by SIGKILL when it passes an edge between two states for the `count`-th time from
 * now on: the one at `line` of `file`, or any where `file` is NULL; after a line on its standard error that names it. 0
 * for never. */
void dure_arena_die_at_edge(const char *file, int32_t line, uint64_t count);

/* For tests: at edges, this process now and then lets others go first, so that they meet it between two states; 0 for
 * never. */
void dure_arena_dawdle_at_edges(uint32_t seed);

#endif
