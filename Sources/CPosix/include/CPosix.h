#ifndef SLIPWAY_CPOSIX_H
#define SLIPWAY_CPOSIX_H

// What Glibc's Swift overlay lacks because it is built without _GNU_SOURCE.

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK: accept followed by fcntl races with the fork of a
/// child process, which then holds the client's socket open.
int slipway_accept(int listener, struct sockaddr *address, socklen_t *length);

/// getrandom(2); 0 on success, an errno otherwise.
int slipway_random(void *bytes, size_t count);

/// mallopt(3) with M_ARENA_MAX: how many arenas threads share; 0 on success.
int slipway_share_arenas(int count);
/// malloc_trim(3), of all arenas.
void slipway_give_memory_back(void);

// epoll(7), with a plain struct: the kernel's own is packed and holds a union.

struct slipway_event {
  uint64_t token;
  uint32_t events;
};

enum {
  SLIPWAY_EPOLL_IN = 0x001,
  SLIPWAY_EPOLL_OUT = 0x004,
  SLIPWAY_EPOLL_ERR = 0x008,
  SLIPWAY_EPOLL_HUP = 0x010,
  SLIPWAY_EPOLL_RDHUP = 0x2000,
};
#define SLIPWAY_EPOLL_ET 0x80000000u

/// epoll_create1(EPOLL_CLOEXEC).
int slipway_epoll_create(void);
int slipway_epoll_add(int set, int descriptor, uint32_t events, uint64_t token);
int slipway_epoll_modify(int set, int descriptor, uint32_t events, uint64_t token);
int slipway_epoll_remove(int set, int descriptor);
/// Waits so long (-1: for ever, 0: not at all) until something is ready: how many, at most 64, or
/// -1.
int slipway_epoll_wait(int set, struct slipway_event *events, int capacity, int milliseconds);

/// eventfd(2), non-blocking and closed in children. Every signal is an edge for epoll, read or not.
int slipway_eventfd(void);
int slipway_eventfd_signal(int descriptor);

/// pidfd_open(2), and SIGKILL through it: a pid may be reused between looking and killing, a pidfd
/// may not.
int slipway_pidfd_open(pid_t pid);
int slipway_pidfd_kill(int pidfd);

#endif
