/* Native code: C text compiled in the background, cached by content, loaded when it is ready. Nobody ever waits.
**
** A Native is counted; the library stays loaded while a reference is held. Main thread only. kernel/compiler.h says which compiler is used, build.h how it
** runs, cache.h where libraries are kept: in a folder that belongs to the user and that nobody else can write to. Where the usual folder is none, libraries live in
** memory as long as this process. The name of a library is a hash of the text (with the prelude), the compiler, its flags and the processor. */
#ifndef LUNAPSE_KERNEL_NATIVE_H
#define LUNAPSE_KERNEL_NATIVE_H
#include <stdbool.h>

#include "base/error.h"
#include "kernel/kernel.h"

typedef enum {
  NATIVE_READY, /* native_symbol works */
  NATIVE_BUILDING,
  NATIVE_FAILED, /* the compiler refused or took too long, or the result cannot be loaded: native_log says why */
  NATIVE_NONE    /* there is no compiler, or the cache folder that somebody has named is not safe: native_log says which */
} NativeState;

typedef struct Native Native;

/* Ask for the code of `c_text`: loaded at once when it is in the cache, else built in the background. Returns at once, with a reference;
** NULL only when out of memory. `is_fast` allows the compiler to contract (fused multiply-add). */
Native *native_request(const char *c_text, bool is_fast);
Native *native_retain(Native *n);
void native_release(Native *n); /* NULL is allowed */

/* State without blocking; cheap enough for every step (looks at the process at most once in a millisecond). */
NativeState native_poll(Native *n);
const char *native_state_name(NativeState state); /* "ready" */

/* A kernel by name, NULL when there is none or the code is not ready. */
KernelFunction native_symbol(Native *n, const char *name);

/* What the compiler printed, why there is no native code, or why a library that is ready is not kept; "" when all is well. Valid until the next call for the
** same Native. */
const char *native_log(Native *n);

/* For processes that fork (base/process.h), in the child. Right after the fork: builds under way are the parent's; where they are wanted here they are looked for in
** the cache, or started anew. Before it leaves: wait for its own builds (half a minute at most), so that they end up in the cache. */
void native_after_fork(void);
void native_finish_builds(void);

/* The C text that every generated file begins with. */
const char *native_prelude(void);

/* The compiler that will be used, NULL when there is none. */
const char *native_compiler(void);

/* The cache folder in use (made when it is first needed), NULL and an error when there is no safe one. */
const char *native_cache_folder(Error *e);

/* Use this folder from now on; NULL: the default again. Made if it is not there (its parent must be); refused with a reason when it is not safe. */
bool native_set_cache_folder(const char *path, Error *e);

#endif
