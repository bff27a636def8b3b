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

#endif
