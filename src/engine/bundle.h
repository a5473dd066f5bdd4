/* Bundles: the rows of several projections from one population as one row for each of its neurons.
**
** Where what arrives in a step is packed row by row (engine/parcels.h), a spike of a circuit of many populations has a row in each of its targets, which lie far from
** each other and fall into pieces of a few synapses for each delay. A bundle keeps a copy in which they are one row, sorted by delay, then by the place of the post
** in memory: read from end to end, in pieces as many times longer. Where posts are cut into parts, each part has such rows of its own, behind each other for a
** neuron: who packs for a part reads what is of that part, and nothing else. The posts of a part are numbered one after the other, whoever's they are and wherever
** their sums lie, in blocks that numbers of 16 bits can name. Values take 16 bits, too, where all of them are whole numbers of one step, or numbers of half precision: whoever wants that rounds them
** (weights_as).
**
** It is made for values that stay. While nobody looks at the rows and values of the members themselves these are away (base/away.h), so that a synapse takes no
** more memory than without. What brings them back is a look; then both are there.
**
** Shared by the parcels that use it and by those whose contents are away; main thread, but for bringing back. */
#ifndef LUNAPSE_ENGINE_BUNDLE_H
#define LUNAPSE_ENGINE_BUNDLE_H
#include "engine/narrow.h"
#include "engine/projection.h"

typedef struct Bundle Bundle;

/* Some of the posts of a projection: first .. last-1. */
typedef struct Posts {
  int64_t first, last;
} Posts;

/* Numbers in a block, from `number` on up to that of the next run: so much lie the sums of the posts behind them. */
typedef struct PostRun {
  int32_t number, behind;
} PostRun;

/* Rows for packing: synapses that arrive together, and have their posts in the same block, stand together, by post. */
typedef struct PackedRows {
  const int64_t *first; /* [n_rows] where rows begin */
  const int32_t *cut;   /* [n_rows * (n_delays * n_blocks + 1)], counted from there */
  const int32_t *delay; /* [n_delays] steps, ascending */
  int32_t n_delays, n_blocks;
  const void *minors; /* by place: int32_t; of a bundle uint16_t, numbers in the block, or pairs with the one value (engine/narrow.h) */
  bool is_paired;
  int64_t longest;     /* row */
  const PostRun *runs; /* of a bundle: those of block k are runs[first_run[k]] .. runs[first_run[k + 1] - 1] */
  const int32_t *first_run;
} PackedRows;

/* What is taken over of each projection: the storage, sorted by delay; and arrays of one value for each synapse, of the same types for all. */
enum { BUNDLE_MOST_VALUES = 8, BUNDLE_MOST_MEMBERS = 256 };
typedef struct BundleMember {
  Projection *projection;
  int32_t offset; /* of its posts, in elements; no two members overlap */
  Array *values[BUNDLE_MOST_VALUES];
} BundleMember;

/* How posts are cut: posts[part * n_members + k] are those of member k. Who lets go of rows has all posts in some part. */
typedef struct BundleCut {
  const Posts *posts;
  int n_parts;
} BundleCut;

/* Is it worth it? */
bool bundle_pays(const BundleMember *members, int n_members, int n_parts);

/* The bundle that these were put into before, cut like this, one reference more; else a new one, for which each projection keeps a reference, too. `lets_go`: the
** memory of the members' own rows and values goes back to the system, since only packing wants them. NULL when memory is short. */
Bundle *bundle_of(const BundleMember *members, int n_members, int n_values, BundleCut cut, bool lets_go, int n_threads);
void bundle_release(Bundle *b); /* NULL: nothing to do */

/* Have the members' own rows and values: somebody wants them at every step. */
void bundle_have_members(Bundle *b);
bool bundle_is_away(const Bundle *b);

const PackedRows *bundle_rows(const Bundle *b, int part);
void *bundle_value(const Bundle *b, int k); /* by place; NULL: in pairs with the numbers of posts */
Narrow bundle_narrow(const Bundle *b, int k);
int64_t bundle_bytes(const Bundle *b); /* of each member */

#endif
