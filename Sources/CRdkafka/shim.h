#ifndef DURE_RDKAFKA_SHIM_H
#define DURE_RDKAFKA_SHIM_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <string.h>
#include <sys/eventfd.h>

/* Produces one record, of which the library takes a copy. A NULL key or value is Kafka's null; an empty one needs a
 * pointer that is not NULL. `headers` may be NULL; it is the library's once NULL (success) is returned, and stays the
 * caller's otherwise. The partition follows from the key: naming one that does not exist frees headers twice in
 * libraries older than 2.12. */
static inline rd_kafka_error_t *dure_kafka_produce(rd_kafka_t *client, const char *topic, const void *key,
                                                   size_t key_bytes, const void *value, size_t value_bytes,
                                                   rd_kafka_headers_t *headers, void *tag) {
    rd_kafka_vu_t parts[6];
    size_t count = 0;
    memset(parts, 0, sizeof parts);
    parts[count].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[count++].u.cstr = topic;
    parts[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[count++].u.i = RD_KAFKA_MSG_F_COPY;
    parts[count].vtype = RD_KAFKA_VTYPE_KEY;
    parts[count].u.mem.ptr = (void *)key;
    parts[count++].u.mem.size = key_bytes;
    parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[count].u.mem.ptr = (void *)value;
    parts[count++].u.mem.size = value_bytes;
    parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[count++].u.ptr = tag;
    if (headers != NULL) {
        parts[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        parts[count++].u.headers = headers;
    }
    return rd_kafka_produceva(client, parts, count);
}

/* A descriptor that poll(2) finds readable once eight bytes were written to it; -1 when there is none left. */
static inline int dure_kafka_wake_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

#endif
