#ifndef DURE_MICROHTTPD_SHIM_H
#define DURE_MICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* Hides MHD_start_daemon's variable arguments. `host` is a numeric address or a name of this machine; port 0 takes
 * any free one. Returns NULL when the address cannot be used; errno then says why where the system does. */
static inline struct MHD_Daemon *dure_http_start(const char *host, unsigned short port, unsigned int connection_limit,
                                                 unsigned int timeout_seconds, MHD_AccessHandlerCallback handler,
                                                 void *context) {
    struct addrinfo hints;
    struct addrinfo *found = NULL;
    char service[8];
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &found) != 0 || found == NULL) return NULL;
    unsigned int flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD;
    if (found->ai_family == AF_INET6) flags |= MHD_USE_IPv6;
    struct MHD_Daemon *daemon =
        MHD_start_daemon(flags, port, NULL, NULL, handler, context, MHD_OPTION_SOCK_ADDR, found->ai_addr,
                         MHD_OPTION_CONNECTION_LIMIT, connection_limit, MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(32 * 1024), MHD_OPTION_END);
    freeaddrinfo(found);
    return daemon;
}

/* The port a daemon listens on; 0 if it is not known. */
static inline unsigned short dure_http_port(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}

#endif
