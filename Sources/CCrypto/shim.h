#ifndef DURE_CRYPTO_SHIM_H
#define DURE_CRYPTO_SHIM_H

#include <openssl/evp.h>

#endif
