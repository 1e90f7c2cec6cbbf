#pragma once
#include <sys/time.h>
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

/// `amqp_login_with_properties` with PLAIN credentials (Swift does not import variadic functions).
amqp_rpc_reply_t triageloop_amqp_login(amqp_connection_state_t state, const char *vhost, int frame_max,
                                       int heartbeat, const amqp_table_t *properties, const char *user,
                                       const char *password);
/// Sets TCP_NODELAY, keep-alive, close-on-exec and a TCP_USER_TIMEOUT of so many milliseconds.
void triageloop_amqp_prepare_socket(int descriptor, unsigned user_timeout_milliseconds);
/// Holds partial segments back (1) or pushes what is held (0).
void triageloop_amqp_cork(int descriptor, int is_corked);
/// Whether the socket takes a write now; 0 also when it failed.
int triageloop_amqp_is_writable(int descriptor);
