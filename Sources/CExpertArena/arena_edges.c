#include "arena_internal.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of the process, not of an arena: a test kills a process. */
_Atomic int arena_edges_are_counted;
static const char *_Atomic fatal_file;
static _Atomic int32_t fatal_line;
static _Atomic uint64_t edges_left;
static _Atomic uint32_t dawdling;
/* On a busy machine each time may take a while, and a test has an end. */
static _Atomic int32_t dawdles_left;

static void watch(void) {
    atomic_store(&arena_edges_are_counted, atomic_load(&edges_left) != 0 || atomic_load(&dawdling) != 0);
}

void dure_arena_die_at_edge(const char *file, int32_t line, uint64_t count) {
    atomic_store(&fatal_file, file);
    atomic_store(&fatal_line, line);
    atomic_store(&edges_left, count);
    watch();
}

void dure_arena_dawdle_at_edges(uint32_t seed) {
    atomic_store(&dawdling, seed);
    atomic_store(&dawdles_left, 200);
    watch();
}

/* A number of its own for each passing, from a counter that all threads share. */
static void dawdle(void) {
    const uint32_t turn = atomic_fetch_add(&dawdling, 0x9E3779B9u) * 0x85EBCA6Bu >> 24;
    if (turn >= 64 && turn < 255) return;
    if (atomic_fetch_sub(&dawdles_left, 1) <= 0) {
        dure_arena_dawdle_at_edges(0);
        return;
    }
    if (turn < 64) sched_yield();
    if (turn == 255) nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

void arena_count_edge(const char *file, int32_t line) {
    if (atomic_load(&dawdling) != 0) dawdle();
    if (atomic_load(&edges_left) == 0) return;
    const char *fatal = atomic_load(&fatal_file);
    if (fatal && (atomic_load(&fatal_line) != line || strcmp(fatal, file) != 0)) return;
    if (atomic_fetch_sub(&edges_left, 1) != 1) return;
    char text[128];
    const int length = snprintf(text, sizeof text, "edge %s:%d\n", file, line);
    (void)!write(STDERR_FILENO, text, (size_t)length);
    raise(SIGKILL);
}
