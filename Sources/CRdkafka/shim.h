#ifndef DURE_RDKAFKA_SHIM_H
#define DURE_RDKAFKA_SHIM_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#endif
