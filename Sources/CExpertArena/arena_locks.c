#include "arena_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

/* Locks on single bytes of the file that belong to an open file description: the kernel drops them when the
 * process dies, however it dies, once all of its threads and their reads are over. Byte 0 is the structural lock,
 * the others are rows. */

int64_t arena_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct flock range(short type, int64_t byte, int64_t count) {
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = count};
}

int arena_try_lock(int descriptor, int64_t byte) {
    struct flock lock = range(F_WRLCK, byte, 1);
    return fcntl(descriptor, F_OFD_SETLK, &lock) == 0;
}

void arena_unlock(int descriptor, int64_t byte) {
    struct flock lock = range(F_UNLCK, byte, 1);
    (void)fcntl(descriptor, F_OFD_SETLK, &lock);
}

int arena_is_locked(int descriptor, int64_t byte, int64_t count) {
    struct flock lock = range(F_WRLCK, byte, count);
    /* Where the system does not answer, nobody is taken for dead. */
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return 1;
    return lock.l_type != F_UNLCK;
}

int arena_row_is_alive(const dure_arena *arena, uint32_t row) {
    if ((int32_t)row == arena->row) return 1;
    return arena->descriptor >= 0 && arena_is_locked(arena->descriptor, FIRST_ROW_BYTE + (int64_t)row, 1);
}

int32_t arena_lock_file(int descriptor, int64_t timeout_ms, dure_arena_problem *problem) {
    const int64_t end = arena_now_us() + timeout_ms * 1000;
    /* The kernel has no wait for a lock with an end to it, so the lock is tried until then. */
    while (!arena_try_lock(descriptor, STRUCTURE_BYTE)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return arena_system(problem, "the lock on the file");
        if (arena_now_us() >= end)
            return arena_fail(problem, DURE_ARENA_BUSY, "milliseconds of waiting for the structural lock, at most",
                              (uint64_t)timeout_ms, (uint64_t)timeout_ms);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    return DURE_ARENA_OK;
}

int32_t arena_lock_structure(dure_arena *arena, int64_t timeout_ms, dure_arena_problem *problem) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    const int64_t nanoseconds = end.tv_nsec + timeout_ms % 1000 * 1000000;
    end.tv_sec += timeout_ms / 1000 + nanoseconds / 1000000000;
    end.tv_nsec = nanoseconds % 1000000000;
    if (pthread_mutex_timedlock(&arena->mutex, &end) != 0)
        return arena_fail(problem, DURE_ARENA_BUSY, "milliseconds of waiting for the structural lock, at most",
                          (uint64_t)timeout_ms, (uint64_t)timeout_ms);
    if (arena->descriptor < 0) return DURE_ARENA_OK;
    const int32_t code = arena_lock_file(arena->descriptor, timeout_ms, problem);
    if (code) pthread_mutex_unlock(&arena->mutex);
    return code;
}

void arena_unlock_structure(dure_arena *arena) {
    if (arena->descriptor >= 0) arena_unlock(arena->descriptor, STRUCTURE_BYTE);
    pthread_mutex_unlock(&arena->mutex);
}
