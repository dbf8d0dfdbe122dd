#include "arena_internal.h"

#include <errno.h>
#include <string.h>

static void name(dure_arena_problem *problem, const char *what) {
    const size_t length = strnlen(what, sizeof problem->what - 1);
    memcpy(problem->what, what, length);
    problem->what[length] = 0;
}

int32_t arena_fail(dure_arena_problem *problem, int32_t code, const char *what, uint64_t expected, uint64_t got) {
    problem->code = code;
    problem->system = 0;
    problem->expected = expected;
    problem->got = got;
    name(problem, what);
    return code;
}

int32_t arena_system(dure_arena_problem *problem, const char *what) {
    const int system = errno;
    (void)arena_fail(problem, DURE_ARENA_SYSTEM, what, 0, 0);
    problem->system = system;
    return DURE_ARENA_SYSTEM;
}
