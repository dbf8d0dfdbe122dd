#ifndef DURE_TERMINAL_SHIM_H
#define DURE_TERMINAL_SHIM_H

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The columns of the terminal behind a descriptor; 80 where it does not say, 0 where it is no terminal. */
static inline int dure_terminal_columns(int descriptor) {
    struct winsize size;
    if (!isatty(descriptor)) return 0;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

/* A write to a closed pipe returns EPIPE from here on. Child processes inherit it. */
static inline void dure_ignore_broken_pipes(void) { (void)signal(SIGPIPE, SIG_IGN); }

#endif
