#define _GNU_SOURCE
#include "CRabbitMQ.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

amqp_rpc_reply_t triageloop_amqp_login(amqp_connection_state_t state, const char *vhost, int frame_max,
                                       int heartbeat, const amqp_table_t *properties, const char *user,
                                       const char *password) {
    return amqp_login_with_properties(state, vhost, 0, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN,
                                      user, password);
}

void triageloop_amqp_prepare_socket(int descriptor, unsigned user_timeout_milliseconds) {
    int one = 1;
    // None of these is needed for correctness: a socket that refuses one still works.
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_milliseconds,
                     sizeof user_timeout_milliseconds);
    (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void triageloop_amqp_cork(int descriptor, int is_corked) {
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_CORK, &is_corked, sizeof is_corked);
}

int triageloop_amqp_is_writable(int descriptor) {
    struct pollfd entry = {.fd = descriptor, .events = POLLOUT};
    return poll(&entry, 1, 0) == 1 && (entry.revents & POLLOUT) && !(entry.revents & (POLLERR | POLLHUP));
}
