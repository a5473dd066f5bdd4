/* The state of objects, listed once: what an object needs to go on from here, item by item, each with a name.
**
** An object's function X_state(object, State *) names all its items, and serves three purposes by the mode: LIST tells names, types and sizes; WRITE hands
** the contents to a sink; READ takes them from a source, in the same order, into an object that was made in the same way, with as much memory as it needs.
** What is read is checked before it is used as an index. After a READ that failed an object is safe to free, or to read again, and not to be run.
** An array that several objects hold is listed where it is first met. Main thread only; `put`, `find` and `get` must not touch the objects. */
#ifndef LUNAPSE_BASE_STATE_H
#define LUNAPSE_BASE_STATE_H
#include "base/array.h"

typedef enum { STATE_LIST, STATE_WRITE, STATE_READ } StateMode;

typedef enum {
  STATE_OWN,      /* the object's */
  STATE_VARIABLE, /* an Array that others hold too */
  STATE_MEMORY    /* memory that holds no state; in LIST alone */
} StateKind;

typedef struct StateItem {
  const char *name; /* of the whole path: "population 2/ring/neuron"; borrowed for the call */
  StateKind kind;
  ArrayType type;
  int64_t n;     /* elements; MEMORY: bytes */
  int64_t bytes; /* of memory: more than n elements take where there is room to grow */
} StateItem;

typedef struct State {
  StateMode mode;
  void *context;
  Error *error; /* of the first failure */

  /* LIST, WRITE: called for every item; `data` is NULL in LIST. */
  bool (*put)(void *context, const StateItem *item, const void *data, Error *e);

  /* READ: set item->n of the item of this name and type; then its contents, item->n elements. An error where there is none. */
  bool (*find)(void *context, StateItem *item, Error *e);
  bool (*get)(void *context, const StateItem *item, void *data, Error *e);

  /* READ, as the caller likes: */
  bool may_lack;       /* operations of the state may be missing: they stay so */
  bool keeps_recorded; /* recorders go on behind what they hold, instead of holding what the state says */

  const void *only; /* LIST: what belongs to this object and to none of its parts, with names from there on; NULL: everything */

  /* For base/state.c: */
  char path[256];
  int length, n_open;
  const void *owner, *whole;         /* whose items come now; who owns what belongs to no part */
  int depth_of_owner, start_of_name; /* n_open and length where the part began that belongs to `owner` */
  const void **met;                  /* owned by the State: arrays that were listed, a table with free places */
  int64_t n_met, room;
} State;

/* Free what a State came to own; `context` is the caller's. */
void state_finish(State *s);

/* Items that stand in no part belong to `object`. */
void state_begin(State *s, const void *object);

/* Items from here to the matching state_leave are a part: "population 2/". `k` 0 leaves the number out. They belong to `object`; NULL: to whom the
** part around it belongs to. */
bool state_enter(State *s, const char *name, int64_t k, const void *object);
void state_leave(State *s);

/* Report a failure, printf-like; false. */
bool state_fail(State *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Single values. */
bool state_i64(State *s, const char *name, int64_t *x);
bool state_u64(State *s, const char *name, uint64_t *x);
bool state_int(State *s, const char *name, int *x);
bool state_f64(State *s, const char *name, double *x);
bool state_bool(State *s, const char *name, bool *x);

/* READ: is there an item of this name and type? */
bool state_has(const State *s, const char *name, ArrayType type);

/* A value that must be the same wherever the state is read: sizes, seeds. */
bool state_same_i64(State *s, const char *name, int64_t x);
bool state_same_f64(State *s, const char *name, double x);

/* `n` elements in memory that is there. */
bool state_fixed(State *s, const char *name, ArrayType type, void *data, int64_t n);

/* `*n` elements in memory of memory_new with room for `*room`: READ takes as many as there are, in a block of their own. */
bool state_grown(State *s, const char *name, ArrayType type, void **data, int64_t *n, int64_t *room);

/* The contents of an array (contiguous), unless it was met before. NULL: none. */
bool state_array(State *s, const char *name, Array *a);

/* An array that needs no listing: it counts as met. */
bool state_pass(State *s, const Array *a);

/* Memory without state. */
bool state_memory(State *s, const char *name, int64_t bytes);

/* READ: is x within low .. high (or all of n numbers)? A failure that names the item if not. Else true. */
bool state_check(State *s, const char *name, int64_t x, int64_t low, int64_t high);
bool state_check_i64(State *s, const char *name, const int64_t *x, int64_t n, int64_t low, int64_t high);
bool state_check_i32(State *s, const char *name, const int32_t *x, int64_t n, int64_t low, int64_t high);

#endif
