#define _GNU_SOURCE
#include "CPosix.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

int slipway_accept(int listener, struct sockaddr *address, socklen_t *length) {
  return accept4(listener, address, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int slipway_share_arenas(int count) { return mallopt(M_ARENA_MAX, count) == 1 ? 0 : -1; }

void slipway_give_memory_back(void) { malloc_trim(0); }

int slipway_random(void *bytes, size_t count) {
  unsigned char *next = bytes;
  while (count > 0) {
    ssize_t got = getrandom(next, count, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    next += got;
    count -= (size_t)got;
  }
  return 0;
}

_Static_assert(SLIPWAY_EPOLL_IN == EPOLLIN, "EPOLLIN");
_Static_assert(SLIPWAY_EPOLL_OUT == EPOLLOUT, "EPOLLOUT");
_Static_assert(SLIPWAY_EPOLL_ERR == EPOLLERR, "EPOLLERR");
_Static_assert(SLIPWAY_EPOLL_HUP == EPOLLHUP, "EPOLLHUP");
_Static_assert(SLIPWAY_EPOLL_RDHUP == EPOLLRDHUP, "EPOLLRDHUP");
_Static_assert(SLIPWAY_EPOLL_ET == (uint32_t)EPOLLET, "EPOLLET");

int slipway_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int set, int operation, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(set, operation, descriptor, &event);
}

int slipway_epoll_add(int set, int descriptor, uint32_t events, uint64_t token) {
  return control(set, EPOLL_CTL_ADD, descriptor, events, token);
}

int slipway_epoll_modify(int set, int descriptor, uint32_t events, uint64_t token) {
  return control(set, EPOLL_CTL_MOD, descriptor, events, token);
}

int slipway_epoll_remove(int set, int descriptor) {
  return control(set, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int slipway_epoll_wait(int set, struct slipway_event *events, int capacity, int milliseconds) {
  struct epoll_event found[64];
  if (capacity > 64) capacity = 64;
  int count = epoll_wait(set, found, capacity, milliseconds);
  for (int index = 0; index < count; index++) {
    events[index].events = found[index].events;
    events[index].token = found[index].data.u64;
  }
  return count;
}

int slipway_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int slipway_eventfd_signal(int descriptor) { return eventfd_write(descriptor, 1); }

int slipway_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int slipway_pidfd_kill(int pidfd) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}
