#include "dure_arena.h"
#include "dure_checksum.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A worker of an arena that does nothing but work in it, at random, and looks at every byte it is given: what the
 * tests kill. It is in C and links little, so that thousands can be started.
 *
 * dure-arena-exerciser PATH LAYERS EXPERTS SLOTS SEED OPERATIONS FILE LINE COUNT
 *
 * It dies when it passes the edge at LINE of FILE for the COUNT-th time; where FILE is "any", at the COUNT-th
 * edge; where it is "clock", after COUNT microseconds, wherever it is then. A COUNT of 0 is never. Its status: 0
 * done; 2 an error of the arena; 3 kept waiting; 4 a wrong byte. A run that hangs ends by SIGALRM. */

enum { DONE = 0, FAILED = 2, KEPT_WAITING = 3, WRONG_BYTE = 4 };
enum { RECORD_BYTES = 8192, MOST_PINS = 3, VICTIMS = 8, LIMIT_S = 60 };

typedef struct worker {
    dure_arena *arena;
    uint32_t entries, experts;
    uint64_t random;
    struct {
        uint32_t entry, slot;
    } pins[MOST_PINS];
    int pin_count;
} worker;

static uint64_t mixed(uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

static uint64_t next(worker *self) { return mixed(self->random += 0x9E3779B97F4A7C15ull); }
static uint32_t below(worker *self, uint32_t limit) { return (uint32_t)(next(self) % limit); }
static int chance(worker *self, uint32_t percent) { return below(self, 100) < percent; }

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void end(int status, const char *what, const dure_arena_problem *problem) {
    fprintf(stderr, "%s: %s: expected %llu, got %llu (code %d, errno %d)\n", what, problem->what,
            (unsigned long long)problem->expected, (unsigned long long)problem->got, problem->code, problem->system);
    _exit(status);
}

static void check(int32_t code, const char *what, const dure_arena_problem *problem) {
    if (code) end(FAILED, what, problem);
}

static uint64_t content(uint32_t entry, uint64_t word) { return mixed((uint64_t)entry << 32 | word); }

static void fill(uint32_t entry, uint64_t *record) {
    for (uint64_t i = 0; i < RECORD_BYTES / 8; i++) record[i] = content(entry, i);
}

static void verify(const worker *self, uint32_t entry, uint32_t slot) {
    const uint64_t *record = dure_arena_slot(self->arena, slot);
    for (uint64_t i = 0; i < RECORD_BYTES / 8; i++) {
        if (record[i] == content(entry, i)) continue;
        const dure_arena_problem problem = {.what = "word", .expected = content(entry, i), .got = record[i]};
        end(WRONG_BYTE, "a resident record", &problem);
    }
}

static void unpin_one(worker *self) {
    dure_arena_problem problem = {0};
    if (self->pin_count == 0) return;
    self->pin_count--;
    /* Still, after all that others did meanwhile. */
    verify(self, self->pins[self->pin_count].entry, self->pins[self->pin_count].slot);
    check(dure_arena_unpin(self->arena, self->pins[self->pin_count].slot, &problem), "unpin", &problem);
}

static void keep(worker *self, uint32_t entry, uint32_t slot) {
    if (self->pin_count == MOST_PINS) unpin_one(self);
    self->pins[self->pin_count].entry = entry;
    self->pins[self->pin_count++].slot = slot;
}

static int take_slot(worker *self, dure_arena_load *load, int transient) {
    dure_arena_problem problem = {0};
    int32_t taken = 0;
    check(dure_arena_take_slot(self->arena, load, transient, &taken, &problem), "take_slot", &problem);
    for (int i = 0; i < VICTIMS && !taken; i++)
        check(dure_arena_take_slot_of(self->arena, load, below(self, self->entries), transient, &taken, &problem),
              "take_slot_of", &problem);
    return taken;
}

/* Reads a claimed entry; whether it is resident then. */
static int read_claimed(worker *self, dure_arena_load *load) {
    dure_arena_problem problem = {0};
    const int transient = chance(self, 30);
    while (!take_slot(self, load, transient)) {
        if (self->pin_count == 0) {
            check(dure_arena_abandon(self->arena, load, &problem), "abandon without a slot", &problem);
            return 0;
        }
        unpin_one(self);
    }
    uint64_t *record = dure_arena_slot(self->arena, load->slot);
    memset(record, 0xAA, RECORD_BYTES / 2);
    if (chance(self, 5)) {
        check(dure_arena_abandon(self->arena, load, &problem), "abandon", &problem);
        return 0;
    }
    fill(load->entry, record);
    const uint32_t checksum = dure_crc32c(0, record, RECORD_BYTES);
    if (chance(self, 5)) {
        record[3] ^= 1;
        if (dure_arena_publish(self->arena, load, 0, RECORD_BYTES, checksum, 1, &problem) != DURE_ARENA_CHECKSUM)
            end(FAILED, "a wrong record was published", &problem);
        record[3] ^= 1;
    }
    const int pins = chance(self, 70);
    check(dure_arena_publish(self->arena, load, 0, RECORD_BYTES, checksum, pins, &problem), "publish", &problem);
    if (pins) {
        verify(self, load->entry, load->slot);
        keep(self, load->entry, load->slot);
    }
    return 1;
}

/* Uses one entry, as a sweep does: waits where somebody else reads it, reads it where nobody does. */
static void use(worker *self, uint32_t entry) {
    dure_arena_problem problem = {0};
    const int32_t layer = (int32_t)(entry / self->experts);
    const int64_t start = now_ms();
    for (;;) {
        if (now_ms() - start > LIMIT_S * 500) end(KEPT_WAITING, "an entry", &problem);
        const uint32_t ticket = dure_arena_ticket(self->arena, layer);
        const uint32_t slots = dure_arena_ticket(self->arena, DURE_ARENA_SLOTS);
        dure_arena_load load;
        check(dure_arena_acquire(self->arena, entry, 1, &load, &problem), "acquire", &problem);
        switch (load.kind) {
        case DURE_ARENA_RESIDENT:
            verify(self, entry, load.slot);
            keep(self, entry, load.slot);
            return;
        case DURE_ARENA_CLAIMED:
            if (read_claimed(self, &load)) return;
            (void)dure_arena_wait(self->arena, DURE_ARENA_SLOTS, slots, 2000);
            break;
        default:
            (void)dure_arena_wait(self->arena, layer, ticket, 200000);
        }
    }
}

static void operate(worker *self, uint32_t operation) {
    dure_arena_problem problem = {0};
    int32_t ignored = 0;
    const uint32_t entry = below(self, chance(self, 50) ? self->entries : 1 + self->entries / 4);
    if (chance(self, 20)) unpin_one(self);
    if (chance(self, 5)) dure_arena_set_position(self->arena, operation, chance(self, 90) ? 1 : -1);
    if (chance(self, 5)) check(dure_arena_evict(self->arena, entry, &ignored, &problem), "evict", &problem);
    if (chance(self, 2)) {
        const int32_t code = dure_arena_recover(self->arena, 5000, &ignored, &problem);
        if (code != DURE_ARENA_BUSY) check(code, "recover", &problem);
    }
    dure_arena_note_use(self->arena, entry, operation);
    dure_arena_add(self->arena, 0, 1);
    use(self, entry);
}

/* By the kernel: not at an edge, but anywhere. */
static void die_after(long microseconds) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    const struct itimerspec time = {
        .it_value = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000},
    };
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &time, NULL) != 0)
        _exit(FAILED);
}

/* Whatever is resident must be right, not only what this run happened to use. */
static void verify_all(worker *self) {
    dure_arena_problem problem = {0};
    for (uint32_t entry = 0; entry < self->entries; entry++) {
        dure_arena_load load;
        check(dure_arena_acquire(self->arena, entry, 0, &load, &problem), "acquire", &problem);
        if (load.kind != DURE_ARENA_RESIDENT) continue;
        verify(self, entry, load.slot);
        check(dure_arena_unpin(self->arena, load.slot, &problem), "unpin", &problem);
    }
}

int main(int count, char **arguments) {
    if (count != 10) return FAILED;
    alarm(LIMIT_S);
    const uint32_t operations = (uint32_t)strtoul(arguments[6], NULL, 10);
    dure_arena_geometry geometry = {
        .layers = (uint32_t)strtoul(arguments[2], NULL, 10),
        .experts = (uint32_t)strtoul(arguments[3], NULL, 10),
        .slots = (uint32_t)strtoul(arguments[4], NULL, 10),
        .record_bytes = RECORD_BYTES,
    };
    worker self = {
        .entries = geometry.layers * geometry.experts,
        .experts = geometry.experts,
        .random = strtoull(arguments[5], NULL, 10),
    };
    const char *file = arguments[7];
    const uint64_t passings = strtoull(arguments[9], NULL, 10);
    if (strcmp(file, "clock") == 0) die_after((long)passings);
    else if (strcmp(file, "any") == 0) dure_arena_die_at_edge(NULL, 0, passings);
    else dure_arena_die_at_edge(file, (int32_t)strtol(arguments[8], NULL, 10), passings);
    if (self.random & 1) dure_arena_dawdle_at_edges((uint32_t)self.random | 1);
    dure_arena_problem problem = {0};
    check(dure_arena_attach(arguments[1], &geometry, 0, LIMIT_S * 500, &self.arena, &problem), "attach", &problem);
    for (uint32_t i = 0; i < operations; i++) operate(&self, i);
    while (self.pin_count > 0) unpin_one(&self);
    verify_all(&self);
    dure_arena_detach(self.arena);
    return DONE;
}
