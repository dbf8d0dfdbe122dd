#ifndef DURE_OPENBLAS_SHIM_H
#define DURE_OPENBLAS_SHIM_H

#include <cblas.h>

#endif
