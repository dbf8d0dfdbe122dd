#include "arena_segment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* How a worker comes to an arena and leaves it. Both happen under the structural lock. */

static dure_arena *new_handle(const char *path) {
    dure_arena *arena = calloc(1, sizeof *arena);
    if (!arena) return NULL;
    arena->row = -1;
    arena->descriptor = -1;
    arena->path = path ? strdup(path) : NULL;
    pthread_mutex_init(&arena->mutex, NULL);
    return arena;
}

static void free_handle(dure_arena *arena) {
    segment_unmap(arena);
    if (arena->descriptor >= 0) close(arena->descriptor);
    pthread_mutex_destroy(&arena->mutex);
    free(arena->path);
    free(arena);
}

static int anybody_lives(const dure_arena *arena) {
    return arena_is_locked(arena->descriptor, FIRST_ROW_BYTE, DURE_ARENA_ROWS);
}

static void fill_row(dure_arena *arena, uint32_t row) {
    arena_row *own = &arena->rows[row];
    arena->row = (int32_t)row;
    atomic_store(&arena->rotor, (uint32_t)((uint64_t)arena->geometry.slots * row / DURE_ARENA_ROWS));
    atomic_store(&own->pid, (uint64_t)getpid());
    atomic_store(&own->started, (uint64_t)time(NULL));
    atomic_store(&own->position, 0);
    EDGE();
    const uint64_t state = atomic_load(&own->state);
    atomic_store(&own->state, ((state >> 1) + 1) << 1 | 1);
    EDGE();
}

static int32_t take_row(dure_arena *arena, dure_arena_problem *problem) {
    for (uint32_t row = 0; row < DURE_ARENA_ROWS; row++) {
        if (!arena_try_lock(arena->descriptor, FIRST_ROW_BYTE + (int64_t)row)) continue;
        EDGE();
        /* Its last worker died, and nobody has cleared up yet. */
        if (row_is_attached(atomic_load(&arena->rows[row].state))) {
            const int32_t code = arena_recover_rows(arena, 1ull << row, problem);
            if (code) return code;
        }
        fill_row(arena, row);
        return DURE_ARENA_OK;
    }
    return arena_fail(problem, DURE_ARENA_NO_ROW, "workers, below", DURE_ARENA_ROWS, DURE_ARENA_ROWS);
}

/* An arena whose workers are all dead: whole, after clearing up? */
static int is_whole(dure_arena *arena) {
    dure_arena_problem ignored;
    dure_arena_census census;
    return arena_recover_rows(arena, ~0ull, &ignored) == DURE_ARENA_OK
           && dure_arena_take_census(arena, 1, &census, &ignored) == DURE_ARENA_OK && census.held == 0
           && census.pins == 0 && census.loading + census.evicting == 0;
}

/* Maps what is there, or makes it. */
static int32_t settle(dure_arena *arena, const dure_arena_geometry *wanted, int32_t any_slots,
                      dure_arena_problem *problem) {
    arena_header header;
    int is_ready = 0, is_blank = 0;
    int32_t code = segment_read_header(arena->descriptor, &header, &is_ready, &is_blank, problem);
    const int is_used = anybody_lives(arena);
    if (code == DURE_ARENA_SYSTEM || (code == DURE_ARENA_FOREIGN && !is_blank)) return code;
    if (!code && !is_ready) code = arena_fail(problem, DURE_ARENA_CORRUPT, "the mark of a finished arena", 1, 0);
    if (!code) code = arena_compare(&header, wanted, is_used && any_slots, problem);
    if (is_used) {
        /* Not ours to mend while others are at work in it. */
        if (code) return code;
        arena->origin = DURE_ARENA_JOINED;
        return segment_map(arena, &header, PROT_READ | PROT_WRITE, problem);
    }
    if (!code) {
        code = segment_map(arena, &header, PROT_READ | PROT_WRITE, problem);
        if (code) return code;
        arena->origin = DURE_ARENA_REUSED;
        if (is_whole(arena)) return DURE_ARENA_OK;
        segment_unmap(arena);
    }
    arena->origin = is_blank && lseek(arena->descriptor, 0, SEEK_END) == 0 ? DURE_ARENA_CREATED : DURE_ARENA_REBUILT;
    code = segment_build(arena->descriptor, wanted, &header, problem);
    if (code) return code;
    return segment_map(arena, &header, PROT_READ | PROT_WRITE, problem);
}

/* One try. `gone`: the file was removed by the last worker between our opening it and having the lock. */
static int32_t try_attach(dure_arena *arena, const dure_arena_geometry *wanted, int32_t any_slots, int64_t timeout_ms,
                          int *gone, dure_arena_problem *problem) {
    int32_t code = segment_open(arena->path, O_RDWR | O_CREAT, &arena->descriptor, problem);
    if (code) {
        arena->descriptor = -1;
        return code;
    }
    EDGE();
    code = arena_lock_file(arena->descriptor, timeout_ms, problem);
    if (code) return code;
    EDGE();
    *gone = !segment_is_at(arena->descriptor, arena->path);
    if (*gone) return DURE_ARENA_OK;
    const int was_used = anybody_lives(arena);
    code = settle(arena, wanted, any_slots, problem);
    if (!code) code = take_row(arena, problem);
    /* An empty file that stays behind would be in nobody's way, but in no list either. */
    if (code == DURE_ARENA_NO_ROOM && !was_used) (void)unlink(arena->path);
    arena_unlock(arena->descriptor, STRUCTURE_BYTE);
    EDGE();
    return code;
}

int32_t dure_arena_attach(const char *path, const dure_arena_geometry *geometry, int32_t any_slots, int64_t timeout_ms,
                          dure_arena **arena, dure_arena_problem *problem) {
    *arena = NULL;
    *problem = (dure_arena_problem){0};
    if (dure_arena_bytes(geometry, problem) == 0) return problem->code;
    const int64_t end = arena_now_us() + timeout_ms * 1000;
    int gone = 0;
    do {
        dure_arena *handle = new_handle(path);
        if (!handle || !handle->path) {
            free(handle);
            return arena_system(problem, "memory");
        }
        const int64_t left = (end - arena_now_us()) / 1000;
        const int32_t code = try_attach(handle, geometry, any_slots, left > 0 ? left : 0, &gone, problem);
        if (!code && !gone) {
            *problem = (dure_arena_problem){0};
            *arena = handle;
            return DURE_ARENA_OK;
        }
        /* Closing gives up the locks, too. */
        free_handle(handle);
        if (code) return code;
    } while (arena_now_us() < end);
    return arena_fail(problem, DURE_ARENA_BUSY, "milliseconds in which the file stays in its place",
                      (uint64_t)timeout_ms, 0);
}

int32_t dure_arena_attach_anonymous(const dure_arena_geometry *geometry, dure_arena **arena,
                                    dure_arena_problem *problem) {
    *arena = NULL;
    arena_header header;
    if (arena_layout(geometry, &header, problem) == 0) return problem->code;
    dure_arena *handle = new_handle(NULL);
    if (!handle) return arena_system(problem, "memory");
    const int32_t code = segment_map(handle, &header, PROT_READ | PROT_WRITE, problem);
    if (code) {
        free_handle(handle);
        return code;
    }
    handle->origin = DURE_ARENA_CREATED;
    fill_row(handle, 0);
    *arena = handle;
    return DURE_ARENA_OK;
}

int32_t dure_arena_open_view(const char *path, dure_arena **arena, dure_arena_problem *problem) {
    *arena = NULL;
    dure_arena *handle = new_handle(path);
    if (!handle || !handle->path) {
        free(handle);
        return arena_system(problem, "memory");
    }
    handle->is_view = 1;
    int32_t code = segment_open(path, O_RDONLY, &handle->descriptor, problem);
    if (code) handle->descriptor = -1;
    arena_header header;
    int is_ready = 0, is_blank = 0;
    if (!code) code = segment_read_header(handle->descriptor, &header, &is_ready, &is_blank, problem);
    if (!code && !is_ready) code = arena_fail(problem, DURE_ARENA_CORRUPT, "the mark of a finished arena", 1, 0);
    if (!code) code = segment_map(handle, &header, PROT_READ, problem);
    if (code) free_handle(handle);
    else *arena = handle;
    return code;
}

/* The caller has the structural lock. */
static void remove_if_last(dure_arena *arena) {
    if (anybody_lives(arena) || !segment_is_at(arena->descriptor, arena->path)) return;
    (void)unlink(arena->path);
    EDGE();
}

void dure_arena_detach(dure_arena *arena) {
    dure_arena_problem ignored;
    /* Without the lock nothing is cleared up here; whoever meets the row next does it. */
    if (arena->row >= 0 && arena->descriptor >= 0 && !arena_lock_structure(arena, 2000, &ignored)) {
        (void)arena_recover_rows(arena, 1ull << arena->row, &ignored);
        EDGE();
        arena_unlock(arena->descriptor, FIRST_ROW_BYTE + (int64_t)arena->row);
        EDGE();
        remove_if_last(arena);
        arena_unlock_structure(arena);
    }
    free_handle(arena);
}

int32_t dure_arena_remove(const char *path, int32_t force, int64_t timeout_ms, int32_t *is_used,
                          dure_arena_problem *problem) {
    *problem = (dure_arena_problem){0};
    *is_used = 0;
    int descriptor;
    int32_t code = segment_open(path, O_RDWR, &descriptor, problem);
    if (code) return code;
    code = arena_lock_file(descriptor, timeout_ms, problem);
    if (!code) {
        /* One that cannot be used may be removed, but what is no arena at all stays. */
        arena_header header;
        int is_ready, is_blank;
        code = segment_read_header(descriptor, &header, &is_ready, &is_blank, problem);
        if (is_blank || (code != DURE_ARENA_FOREIGN && code != DURE_ARENA_SYSTEM)) code = DURE_ARENA_OK;
    }
    *is_used = !code && !force && arena_is_locked(descriptor, FIRST_ROW_BYTE, DURE_ARENA_ROWS);
    if (*is_used) code = arena_fail(problem, DURE_ARENA_BUSY, "live workers", 0, 1);
    if (!code && segment_is_at(descriptor, path) && unlink(path) != 0) code = arena_system(problem, "unlink");
    close(descriptor);
    return code;
}

void dure_arena_get_geometry(const dure_arena *arena, dure_arena_geometry *geometry) { *geometry = arena->geometry; }

int32_t dure_arena_origin(const dure_arena *arena) { return arena->origin; }

int32_t dure_arena_row(const dure_arena *arena) { return arena->row; }
