#include "arena_internal.h"
#include "arena_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* The file behind an arena: whose it is, what its header says, how it is made and mapped. */

#define HUGETLBFS_MAGIC 0x958458f6

/* Everything of a file that can be told without believing its content. */
static int32_t check_file(int descriptor, struct stat *status, dure_arena_problem *problem) {
    if (fstat(descriptor, status) != 0) return arena_system(problem, "fstat");
    if (!S_ISREG(status->st_mode))
        return arena_fail(problem, DURE_ARENA_FOREIGN, "type of the file", S_IFREG, status->st_mode & S_IFMT);
    if (status->st_uid != geteuid())
        return arena_fail(problem, DURE_ARENA_FOREIGN, "owner of the file, uid", geteuid(), status->st_uid);
    if (status->st_mode & 077)
        return arena_fail(problem, DURE_ARENA_FOREIGN, "permissions for others", 0, status->st_mode & 077);
    return DURE_ARENA_OK;
}

int32_t segment_open(const char *path, int flags, int *descriptor, dure_arena_problem *problem) {
    *descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (*descriptor >= 0) {
        struct stat status;
        const int32_t code = check_file(*descriptor, &status, problem);
        if (code) close(*descriptor);
        return code;
    }
    switch (errno) {
    case ELOOP: return arena_fail(problem, DURE_ARENA_FOREIGN, "type of the file", S_IFREG, S_IFLNK);
    case EISDIR: return arena_fail(problem, DURE_ARENA_FOREIGN, "type of the file", S_IFREG, S_IFDIR);
    case ENXIO: return arena_fail(problem, DURE_ARENA_FOREIGN, "type of the file", S_IFREG, S_IFSOCK);
    default: return arena_system(problem, "open");
    }
}

int segment_is_at(int descriptor, const char *path) {
    struct stat here, there;
    return fstat(descriptor, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev
           && here.st_ino == there.st_ino;
}

int32_t segment_read_header(int descriptor, arena_header *header, int *is_ready, int *is_blank,
                            dure_arena_problem *problem) {
    unsigned char page[PAGE_BYTES] = {0};
    size_t count = 0;
    while (count < sizeof page) {
        const ssize_t got = pread(descriptor, page + count, sizeof page - count, (off_t)count);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return arena_system(problem, "read");
        if (got == 0) break;
        count += (size_t)got;
    }
    *is_blank = 1;
    for (size_t i = 0; i < sizeof page; i++)
        if (page[i] != 0) *is_blank = 0;
    memcpy(header, page, sizeof *header);
    uint64_t ready;
    memcpy(&ready, page + SHARED_AT + offsetof(arena_shared, ready), sizeof ready);
    *is_ready = ready == READY_MAGIC;
    struct stat status;
    if (fstat(descriptor, &status) != 0) return arena_system(problem, "fstat");
    if (*is_blank) return arena_fail(problem, DURE_ARENA_FOREIGN, "first eight bytes", ARENA_MAGIC, 0);
    return arena_check_header(header, (uint64_t)status.st_size, problem);
}

/* As many bytes as a mapping of them has: on hugetlbfs a page has some megabytes, and files and mappings are whole
 * ones. */
static uint64_t in_whole_pages(int descriptor, uint64_t bytes) {
    struct statfs system;
    uint64_t page = PAGE_BYTES;
    if (descriptor >= 0 && fstatfs(descriptor, &system) == 0 && (uint64_t)system.f_type == HUGETLBFS_MAGIC)
        page = (uint64_t)system.f_bsize;
    return (bytes + page - 1) / page * page;
}

/* Bytes that the file system has left for us. */
static uint64_t room(const struct statfs *system) { return (uint64_t)system->f_bavail * (uint64_t)system->f_bsize; }

/* The memory is taken now, so that a file system that is too small is an error here and not a SIGBUS at some
 * write. */
static int32_t take_memory(int descriptor, uint64_t bytes, dure_arena_problem *problem) {
    struct statfs system;
    if (fstatfs(descriptor, &system) != 0) return arena_system(problem, "fstatfs");
    bytes = in_whole_pages(descriptor, bytes);
    if (system.f_blocks != 0 && room(&system) < bytes)
        return arena_fail(problem, DURE_ARENA_NO_ROOM, "bytes of room in the file system", bytes, room(&system));
    if (ftruncate(descriptor, (off_t)bytes) != 0) return arena_system(problem, "ftruncate");
    EDGE();
    int result;
    do result = fallocate(descriptor, 0, 0, (off_t)bytes);
    while (result != 0 && errno == EINTR);
    if (result == 0) return DURE_ARENA_OK;
    if (errno == ENOSPC || errno == ENOMEM)
        return arena_fail(problem, DURE_ARENA_NO_ROOM, "bytes of room in the file system", bytes, room(&system));
    return arena_system(problem, "fallocate");
}

static int32_t write_at(int descriptor, const void *bytes, size_t count, off_t at, dure_arena_problem *problem) {
    /* hugetlbfs takes no writes, only mappings. */
    const uint64_t length = in_whole_pages(descriptor, PAGE_BYTES);
    unsigned char *page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) return arena_system(problem, "mmap");
    memcpy(page + at, bytes, count);
    munmap(page, length);
    return DURE_ARENA_OK;
}

int32_t segment_build(int descriptor, const dure_arena_geometry *geometry, arena_header *header,
                      dure_arena_problem *problem) {
    if (arena_layout(geometry, header, problem) == 0) return problem->code;
    /* From nothing, so that all tables begin as zeros, which is EMPTY and FREE. */
    if (ftruncate(descriptor, 0) != 0) return arena_system(problem, "ftruncate");
    EDGE();
    int32_t code = take_memory(descriptor, header->total_bytes, problem);
    EDGE();
    if (!code) code = write_at(descriptor, header, sizeof *header, 0, problem);
    EDGE();
    const uint64_t ready = READY_MAGIC;
    if (!code) code = write_at(descriptor, &ready, sizeof ready, SHARED_AT, problem);
    EDGE();
    /* Nobody has it mapped: the memory goes back at once. */
    if (code) (void)ftruncate(descriptor, 0);
    return code;
}

int32_t segment_map(dure_arena *arena, const arena_header *header, int protection, dure_arena_problem *problem) {
    const int flags = arena->descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    const uint64_t length = in_whole_pages(arena->descriptor, header->total_bytes);
    void *base = mmap(NULL, length, protection, flags, arena->descriptor, 0);
    if (base == MAP_FAILED) return arena_system(problem, "mmap");
    arena->base = base;
    arena_map_tables(arena, header);
    /* Advice, so a refusal changes nothing: large pages, and no place in a core dump. */
    arena->mapped_bytes = length;
    (void)madvise(base, length, MADV_HUGEPAGE);
    (void)madvise(base, length, MADV_DONTDUMP);
    return DURE_ARENA_OK;
}

void segment_unmap(dure_arena *arena) {
    if (arena->base) munmap(arena->base, arena->mapped_bytes);
    arena->base = NULL;
}
