#include "arena_internal.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Events: one 32-bit word each, bit 0 "somebody waits", above it a number that grows with every wake-up.
 *
 * A waiter sets bit 0, looks at its condition, and sleeps while the word is as it left it. Who changes a condition
 * does so first, and then looks at bit 0. All of it is sequentially consistent, so of the two one sees the other:
 * either the waiter sees the change, or who changed sees the bit. A waiter that dies leaves the bit set, which
 * costs one system call, once. */

static word32 *event_word(dure_arena *arena, int32_t event) {
    if (event == DURE_ARENA_SLOTS) return &arena->shared->slots_event;
    if (event == DURE_ARENA_POSITIONS) return &arena->shared->positions_event;
    return &arena->events[(uint32_t)event < arena->geometry.layers ? (uint32_t)event : 0].word;
}

static long futex(word32 *word, int operation, uint32_t value, const struct timespec *timeout) {
    return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

void arena_signal(dure_arena *arena, int32_t event) {
    word32 *word = event_word(arena, event);
    uint32_t value = atomic_load(word);
    while (value & 1) {
        if (!atomic_compare_exchange_weak(word, &value, (value + 2) & ~1u)) continue;
        futex(word, FUTEX_WAKE, INT_MAX, NULL);
        return;
    }
}

uint32_t dure_arena_ticket(dure_arena *arena, int32_t event) {
    return atomic_fetch_or(event_word(arena, event), 1) | 1;
}

/* Between two looks at whether those waited for are alive. By the clock, and not after a quiet while: what is
 * waited for may be a dead worker's among the changes of live ones. */
#define LOOK_US 20000

/* Clears up after dead workers if nobody of this process has looked lately; whether there were any. */
static int looks_for_the_dead(dure_arena *arena, int64_t now) {
    int64_t last = atomic_load(&arena->last_look_us);
    if (now - last < LOOK_US || !atomic_compare_exchange_strong(&arena->last_look_us, &last, now)) return 0;
    int32_t recovered = 0;
    dure_arena_problem ignored;
    return dure_arena_recover(arena, 0, &recovered, &ignored) == DURE_ARENA_OK && recovered > 0;
}

int32_t dure_arena_wait(dure_arena *arena, int32_t event, uint32_t ticket, int64_t timeout_us) {
    word32 *word = event_word(arena, event);
    const int64_t end = arena_now_us() + timeout_us;
    for (;;) {
        const int64_t now = arena_now_us();
        /* Recovery signals in place of the dead. */
        if (looks_for_the_dead(arena, now) || atomic_load(word) != ticket) return 1;
        if (now >= end) return 0;
        const int64_t slice = end - now < LOOK_US ? end - now : LOOK_US;
        const struct timespec timeout = {.tv_sec = slice / 1000000, .tv_nsec = slice % 1000000 * 1000};
        (void)futex(word, FUTEX_WAIT, ticket, &timeout);
    }
}
