/* The cache of compiled kernels: a private folder, files named by content, damage noticed. Used by native.c alone; main thread only.
**
** A library carries a trailer with a checksum; one that is truncated, altered, or not the user's own is treated as absent and is replaced.
** Work in progress lives in a temporary folder of this process inside the cache, locked as long as the process lives; folders that
** nobody locks any more are left over from a crash and are removed by whoever builds next. */
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

/* The folder, made and checked when first needed; NULL with a reason when there is no safe one. */
const char *cache_folder(Error *e);
bool cache_set_folder(const char *path, Error *e);

/* The path of the library for `key`, or of a file of this process's temporary folder ("" when that does not exist yet). */
void cache_library_path(const CacheKey *key, char *path, size_t size);
void cache_work_path(const CacheKey *key, const char *ending, char *path, size_t size);

/* Make the temporary folder if there is none, and clear away those of dead processes. */
bool cache_open_work(Error *e);
const char *cache_work_folder(void);

/* Is the library there, whole and the user's own? */
bool cache_has(const CacheKey *key);

/* Seal the finished work file `key`.so and move it into place. */
bool cache_put(const CacheKey *key, Error *e);

/* Remove this process's temporary folder. */
void cache_close_work(void);

/* After a fork, in the child: the temporary folder is the parent's; forget it. */
void cache_leave_work(void);

#endif
