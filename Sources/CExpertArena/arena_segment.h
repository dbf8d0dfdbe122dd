#ifndef ARENA_SEGMENT_H
#define ARENA_SEGMENT_H

#include "arena_internal.h"

/* Opens a file that is ours: regular, of this user, for nobody else. */
int32_t segment_open(const char *path, int flags, int *descriptor, dure_arena_problem *problem);
/* Whether what was opened is still what is at the path. */
int segment_is_at(int descriptor, const char *path);
/* Reads and checks the header. `is_blank`: its page is all zeros, or there is none. */
int32_t segment_read_header(int descriptor, arena_header *header, int *is_ready, int *is_blank,
                            dure_arena_problem *problem);
/* Makes the file anew. The caller has the structural lock, and no worker lives. */
int32_t segment_build(int descriptor, const dure_arena_geometry *geometry, arena_header *header,
                      dure_arena_problem *problem);
int32_t segment_map(dure_arena *arena, const arena_header *header, int protection, dure_arena_problem *problem);
void segment_unmap(dure_arena *arena);

#endif
