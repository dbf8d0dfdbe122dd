/* O_DIRECT is a GNU extension, which Swift's view of the C library leaves out. */
#define _GNU_SOURCE
#include "dure_direct_io.h"

#include <fcntl.h>

int32_t dure_open_direct(const char *path) { return open(path, O_RDONLY | O_CLOEXEC | O_DIRECT); }
