#ifndef DURE_MICROHTTPD_SHIM_H
#define DURE_MICROHTTPD_SHIM_H

#include <microhttpd.h>

#endif
