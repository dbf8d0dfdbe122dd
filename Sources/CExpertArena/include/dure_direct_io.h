#ifndef DURE_DIRECT_IO_H
#define DURE_DIRECT_IO_H

#include <stdint.h>

/* Opens a file for reading past the page cache. -1 with errno where that cannot be, as on file systems without
 * O_DIRECT. */
int32_t dure_open_direct(const char *path);

#endif
