#define _GNU_SOURCE
#include "CPolling.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int triageloop_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void triageloop_eventfd_wake(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void triageloop_eventfd_drain(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

void triageloop_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
