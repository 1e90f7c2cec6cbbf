#pragma once
#include <poll.h>
#include <pthread.h>

/// A non-blocking, close-on-exec eventfd; -1 on failure.
int triageloop_eventfd(void);
/// Adds one to the eventfd: whoever polls it wakes.
void triageloop_eventfd_wake(int descriptor);
/// Reads the eventfd empty.
void triageloop_eventfd_drain(int descriptor);
/// Names the calling thread (15 bytes are shown).
void triageloop_name_thread(const char *name);
