#include "arena_internal.h"

#include <signal.h>

/* Of the process, not of an arena: a test kills a process. */
_Atomic int arena_edges_are_counted;
static _Atomic uint64_t edges_passed;
static _Atomic uint64_t last_edge;

void dure_arena_die_at_edge(uint64_t count) {
    atomic_store(&edges_passed, 0);
    atomic_store(&last_edge, count);
    atomic_store(&arena_edges_are_counted, count != 0);
}

uint64_t dure_arena_edges(void) { return atomic_load(&edges_passed); }

void arena_count_edge(void) {
    if (atomic_fetch_add(&edges_passed, 1) + 1 == atomic_load(&last_edge)) raise(SIGKILL);
}
