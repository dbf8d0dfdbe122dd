#include "arena_internal.h"

#include "dure_checksum.h"

#include <string.h>

/* Where everything lies. Tables begin at a cache line, slots at a page, so that a read can go past the page cache
 * straight into one. */

/* What a process can address, halved. */
#define MAXIMUM_BYTES (1ull << 46)
#define MAXIMUM_RECORD_BYTES (1ull << 40)

static uint64_t round_up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

static int32_t check_limits(const dure_arena_geometry *g, dure_arena_problem *problem) {
    if (g->layers == 0 || g->layers > 1u << 16)
        return arena_fail(problem, DURE_ARENA_LIMITS, "layers, at most", 1u << 16, g->layers);
    if (g->experts == 0 || g->experts > 1u << 16)
        return arena_fail(problem, DURE_ARENA_LIMITS, "experts of a layer, at most", 1u << 16, g->experts);
    if ((uint64_t)g->layers * g->experts > DURE_ARENA_MAX_ENTRIES)
        return arena_fail(problem, DURE_ARENA_LIMITS, "experts of all layers, at most", DURE_ARENA_MAX_ENTRIES,
                          (uint64_t)g->layers * g->experts);
    if (g->slots == 0 || g->slots > DURE_ARENA_MAX_SLOTS)
        return arena_fail(problem, DURE_ARENA_LIMITS, "slots, at most", DURE_ARENA_MAX_SLOTS, g->slots);
    if (g->record_bytes == 0 || g->record_bytes % PAGE_BYTES != 0 || g->record_bytes > MAXIMUM_RECORD_BYTES)
        return arena_fail(problem, DURE_ARENA_LIMITS, "bytes of a slot, a multiple of", PAGE_BYTES, g->record_bytes);
    if (g->record_bytes > MAXIMUM_BYTES / g->slots)
        return arena_fail(problem, DURE_ARENA_LIMITS, "bytes of all slots, at most", MAXIMUM_BYTES,
                          g->record_bytes >> 20 << 20);
    return DURE_ARENA_OK;
}

uint64_t arena_layout(const dure_arena_geometry *g, arena_header *header, dure_arena_problem *problem) {
    if (check_limits(g, problem)) return 0;
    const uint64_t entries = (uint64_t)g->layers * g->experts;
    *header = (arena_header){
        .magic = ARENA_MAGIC,
        .version = ARENA_VERSION,
        .rows = DURE_ARENA_ROWS,
        .layers = g->layers,
        .experts = g->experts,
        .slots = g->slots,
        .node = g->node,
        .record_bytes = g->record_bytes,
    };
    memcpy(header->digest, g->digest, sizeof header->digest);
    uint64_t end = PAGE_BYTES;
    header->rows_at = end, end += sizeof(arena_row) * DURE_ARENA_ROWS;
    header->events_at = end, end += sizeof(arena_event) * g->layers;
    header->entries_at = end, end = round_up(end + sizeof(word64) * entries, 64);
    header->uses_at = end, end = round_up(end + sizeof(word64) * entries, 64);
    header->slots_at = end, end = round_up(end + sizeof(word64) * g->slots, 64);
    header->pins_at = end, end += sizeof(arena_pins) * g->slots;
    header->data_at = end = round_up(end, PAGE_BYTES);
    header->total_bytes = end + g->record_bytes * g->slots;
    header->checksum = dure_crc32c(0, header, offsetof(arena_header, checksum));
    return header->total_bytes;
}

uint64_t dure_arena_bytes(const dure_arena_geometry *geometry, dure_arena_problem *problem) {
    arena_header header;
    return arena_layout(geometry, &header, problem);
}

/* The offsets are not read but computed again: what a header can say is what `arena_layout` makes, and nothing
 * else. */
int32_t arena_check_header(const arena_header *header, uint64_t file_bytes, dure_arena_problem *problem) {
    if (header->magic != ARENA_MAGIC)
        return arena_fail(problem, DURE_ARENA_FOREIGN, "first eight bytes", ARENA_MAGIC, header->magic);
    if (header->version != ARENA_VERSION)
        return arena_fail(problem, DURE_ARENA_INCOMPATIBLE, "version", ARENA_VERSION, header->version);
    const uint32_t checksum = dure_crc32c(0, header, offsetof(arena_header, checksum));
    if (header->checksum != checksum)
        return arena_fail(problem, DURE_ARENA_CORRUPT, "checksum of the header", checksum, header->checksum);
    dure_arena_geometry geometry = {
        .layers = header->layers,
        .experts = header->experts,
        .slots = header->slots,
        .node = header->node,
        .record_bytes = header->record_bytes,
    };
    memcpy(geometry.digest, header->digest, sizeof geometry.digest);
    arena_header right;
    if (arena_layout(&geometry, &right, problem) == 0) return problem->code = DURE_ARENA_CORRUPT;
    if (memcmp(&right, header, sizeof right) != 0)
        return arena_fail(problem, DURE_ARENA_CORRUPT, "checksum of the header for its sizes", right.checksum,
                          header->checksum);
    if (file_bytes < header->total_bytes)
        return arena_fail(problem, DURE_ARENA_CORRUPT, "bytes of the file", header->total_bytes, file_bytes);
    return DURE_ARENA_OK;
}

int32_t arena_compare(const arena_header *header, const dure_arena_geometry *wanted, int32_t any_slots,
                      dure_arena_problem *problem) {
    for (size_t i = 0; i < sizeof wanted->digest; i++)
        if (header->digest[i] != wanted->digest[i])
            return arena_fail(problem, DURE_ARENA_INCOMPATIBLE, "a byte of the pack's digest", wanted->digest[i],
                              header->digest[i]);
    const struct {
        const char *what;
        uint64_t expected, got;
    } sizes[] = {
        {"layers", wanted->layers, header->layers},
        {"experts of a layer", wanted->experts, header->experts},
        {"bytes of a slot", wanted->record_bytes, header->record_bytes},
        {"NUMA node", wanted->node, header->node},
        {"slots", any_slots ? header->slots : wanted->slots, header->slots},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (sizes[i].expected != sizes[i].got)
            return arena_fail(problem, DURE_ARENA_INCOMPATIBLE, sizes[i].what, sizes[i].expected, sizes[i].got);
    return DURE_ARENA_OK;
}

void arena_map_tables(dure_arena *arena, const arena_header *header) {
    arena->geometry = (dure_arena_geometry){
        .layers = header->layers,
        .experts = header->experts,
        .slots = header->slots,
        .node = header->node,
        .record_bytes = header->record_bytes,
    };
    memcpy(arena->geometry.digest, header->digest, sizeof header->digest);
    arena->entries = header->layers * header->experts;
    arena->shared = (arena_shared *)(arena->base + SHARED_AT);
    arena->rows = (arena_row *)(arena->base + header->rows_at);
    arena->events = (arena_event *)(arena->base + header->events_at);
    arena->entry_words = (word64 *)(arena->base + header->entries_at);
    arena->uses = (word64 *)(arena->base + header->uses_at);
    arena->slot_words = (word64 *)(arena->base + header->slots_at);
    arena->pins = (arena_pins *)(arena->base + header->pins_at);
    arena->data = arena->base + header->data_at;
}
