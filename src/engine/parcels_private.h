/* What the files of parcels share; for nobody else. */
#ifndef LUNAPSE_ENGINE_PARCELS_PRIVATE_H
#define LUNAPSE_ENGINE_PARCELS_PRIVATE_H
#include "engine/parcels.h"

enum {
  ENTRIES = IS_DEBUG ? 4 : 512, /* synapses in a parcel */
  MOST_AT_ONCE = 16,            /* synapses that are copied at once, over the end of what is wanted */
  BLOCK = 64,                   /* bytes of that; of wider values half as many are copied */
  MOST_VALUES = BUNDLE_MOST_VALUES,
  MOST_SLOTS = 64
};

/* Synapses in the order in which they act: posts as the rows have them, and for each value a copy. */
typedef struct Parcel {
  struct Parcel *next;
} Parcel;

/* All parcels but the last are full. What is packed into is looked up at every spike, so it is kept close together. */
typedef struct Queue {
  Parcel *first, *last;
  int64_t n; /* synapses in the last one */
} Queue;

/* What arrives at some of the posts. */
typedef struct Part {
  Queue *queues;    /* owned; [n_queues * n_blocks], by the step of arrival, then by the block of posts */
  int32_t n_blocks; /* of the rows */
  Parcel *spare;
  int64_t n_spare;
  Parcel *none; /* owned; what a queue without parcels has as its last one: it is full */
  int *rows;    /* owned; [n_rows] of the rows, those that have posts here */
  int n_rows;
  char apart[80]; /* what other threads write lies in other cache lines */
} Part;

typedef struct Member {
  Projection *projection;   /* borrowed */
  const BoundKernel *bound; /* borrowed: of the projection */
  int32_t offset;           /* of its posts, in elements */
} Member;

/* What is packed from, by pre neuron: the rows of a member, or those of all together that are of a part (engine/bundle.h). */
typedef struct Rows {
  const DelayTable *each; /* which says the delay of each synapse; NULL: rows are cut */
  PackedRows at;          /* places of the synapses, and their posts */
  void *const *values;    /* by slot of the kernel, of all synapses by place */
  int32_t offset;         /* of posts, in elements */
  int64_t n_posts;        /* of a member: posts are less */
  bool is_unique;         /* no post is there twice in a row */
  int at_once;            /* how many synapses are copied at once: 4, 8, or 16 */
} Rows;

/* A value of synapses that the kernel reads. */
typedef struct Value {
  int slot;
  size_t size;  /* in rows and parcels */
  size_t whole; /* for the kernel: more where rows keep 16 bits */
  Narrow narrow;
  size_t at; /* where it stands in a parcel */
} Value;

struct Parcels {
  Member *members; /* [n_members] */
  int n_members;
  int lowest; /* the member whose posts are counted as they are */
  Rows *rows; /* owned; [n_rows] of the members, or of the parts of the bundle */
  int n_rows;
  Bundle *bundle;   /* owned reference; NULL: there is none */
  void **of_bundle; /* owned; its values, by slot */
  bool may_bundle, may_let_go;
  bool is_bundled; /* the rows are those of the bundle */
  bool is_paired;  /* these and their parcels have pairs (engine/narrow.h): values stand nowhere else */
  Value values[MOST_VALUES];
  int n_values;
  size_t bytes; /* of a parcel */
  int64_t n_queues, n_synapses;
  Part *parts;
  Posts *posts; /* [n_parts * n_members] as they were cut */
  int n_parts;
  int64_t stamp;
  int64_t n_parcels;
  void **slabs; /* parcels are made many at a time */
  int64_t n_slabs, slabs_capacity;
  int64_t packed_anew; /* the step in which all was last packed anew */
  int64_t made_of;     /* changes of the members when this was made */
  int64_t bundled_of;  /* and of their values, when they were bundled */
  int64_t seen;        /* changes of what was packed */
  int64_t
      ready_for; /* the step for which all that is known to be sent is packed, or is about to be: what was sent in pack_from .. pack_to-1; NEVER */
  int64_t now; /* the step at hand */
  int64_t pack_from, pack_to;
};

static inline char *parcel_values(Parcel *c, const Value *v) { return (char *)c + v->at; }
static inline void *parcel_minors(Parcel *c) { return (char *)c + 64; }

/* Empty a queue. */
void parcels_give_back(Part *part, Queue *from);

#endif
