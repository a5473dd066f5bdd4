/* The cache of compiled kernels: a private folder, files named by content, damage noticed. Used by native.c and build.c alone; main thread only.
**
** A library carries a trailer with a checksum of its bytes and its name; one that is truncated, altered, moved here from another name, or not the user's own is
** treated as absent and is replaced. What was checked is what is loaded: cache_take hands out a private copy in memory. */
#ifndef LUNAPSE_KERNEL_CACHE_H
#define LUNAPSE_KERNEL_CACHE_H
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct {
  char text[33];
} CacheKey;

/* 128 bits of `parts` (a NULL ends the list), as hexadecimal digits. Not meant to resist an attacker: the folder is private. */
CacheKey cache_key(const char *const *parts);

/* Could nobody but the user and root put something else in the place of what lies in `path`, a folder without symbolic links? Every folder up to the root
** counts: it must belong to one of the two, and be writable by nobody else or sticky. */
bool cache_is_trusted(const char *path, Error *e);

/* The folder, made and checked when first needed: $LUNAPSE_CACHE, else $XDG_CACHE_HOME/lunapse, else ~/.cache/lunapse. NULL with a reason when it is not safe. */
const char *cache_folder(Error *e);

/* Another folder from now on; NULL: the default again. On failure the old one stays. */
bool cache_set_folder(const char *path, Error *e);

/* Was the folder named by somebody (LUNAPSE_CACHE, cache_set_folder)? Then it is that one or none; a usual one that cannot be used can be done without. */
bool cache_is_named(void);

/* The library for `key` in a memory file of its own, which the caller closes; -1 when it is not there, not whole, or not the user's own. Only while there is
** a folder. */
int cache_take(const CacheKey *key);

/* Remove what cannot be used although it is whole. */
void cache_drop(const CacheKey *key);

/* Keep a library in the folder `where`: written to the path `beside`, on the same file system, and moved into place. */
bool cache_put(const char *where, const CacheKey *key, const char *beside, const char *bytes, size_t size, Error *e);

/* A file in memory, -1 with errno when there is none; all of `n` bytes to a file; all of `size` bytes of a file, ended by a 0, which the caller
** frees (NULL: they cannot be read). */
int cache_new_memory(const char *name);
bool cache_write_all(int fd, const void *bytes, size_t n);
char *cache_read_all(int fd, size_t size);

#endif
