/* What the files of the regions share among themselves; for nobody else. */
#ifndef LUNAPSE_ENGINE_REGION_PRIVATE_H
#define LUNAPSE_ENGINE_REGION_PRIVATE_H
#include "engine/deliveries.h"
#include "engine/network.h"
#include "engine/put_off.h"
#include "engine/region.h"

/* INPUT: an operation at the start of the step; SOURCE: a Poisson source; GIVEN: a population whose spikes are given. */
typedef enum { ITEM_INPUT, ITEM_DELIVER, ITEM_KERNEL, ITEM_NEURONS, ITEM_SOURCE, ITEM_GIVEN, ITEM_POST } ItemKind;

/* What one object does in one phase. */
typedef struct Item {
  ItemKind kind;
  Projection *projection; /* DELIVER, POST */
  BoundKernel *bound;     /* KERNEL */
  Operation *operation;   /* INPUT */
  Population *population; /* by whose neurons it is cut; NEURONS, SOURCE and GIVEN are its own step */
  bool by_cells;          /* NEURONS: cut by whole cells (engine/cells.h) */
  int field;
  bool is_joined; /* POST: of the spikes that the same region finds, each part by its own */
  bool acts;      /* NEURONS: spikes act where they are found (population_acts_in_parts) */
  bool is_plain;  /* nothing is to be done before the parts but finding the events */
  int64_t work;   /* operations: of a step, or (DELIVER, POST) of an event */
  /* the step at hand: */
  bool is_active, has_repeats;
  bool is_packed; /* DELIVER: what arrives is in parcels */
  RowCuts cuts;   /* DELIVER, of whole rows: where the pieces of its field begin in them; n_parts 0: not known */
  BoundCall call;
} Item;

/* A population in a region, by its neurons or by its cells. A source is never cut. */
typedef struct Field {
  Population *population;
  bool by_cells;
  int first, n; /* its items: by_field[first ..] */
  int first_piece, n_pieces;
  bool is_whole;
  double weight; /* what it may cost in a step, beside the others: operations */
} Field;

/* Neurons or cells of one field in one part. */
typedef struct Piece {
  int field;
  int64_t first, last;
  int64_t n_spikes; /* of the step at hand */
} Piece;

typedef struct Part {
  int first_piece;
  double
      end; /* of the weight of all fields, one after the other: at first parts weigh the same, then they are moved until they cost the same */
  int64_t last_ns, ns; /* of the last timed call; of all since the region was cut */
} Part;

/* A region of one item has its items alone: the item runs by itself. */
struct Region {
  Item *items; /* in the order of the step */
  int n_items, n_inputs;
  bool has_parcels;
  int64_t capacity;
  int *by_field; /* items of the first field, of the second, ... */
  Field *fields;
  int n_fields;
  Piece *pieces;         /* of the first part, of the second, ...: fields and their neurons ascend */
  Part *parts;           /* [PARALLEL_MAX + 1], of which n_parts + 1 are in use: the last one is the end */
  int n_parts, n_ends;   /* n_ends: parts whose ends are known; 0: none yet */
  Deliveries deliveries; /* of its DELIVER items, which stand behind its inputs */
  double t_of_arrivals;  /* ms, of the step at hand */
  int64_t cut;           /* number of the cut: no two are the same */
  Cost cost, gather_cost;
  int n_calls, n_timed;
  int n_recuts;  /* each makes the next one rarer: what is under way is packed anew for another cut */
  int n_small;   /* calls for which nobody asks how they run, since the one before them was short */
  bool is_timed; /* parts of this call are timed */
  Workers *w;    /* borrowed from the network */
};

/* The kernels of an item that is not one kernel itself. */
static inline const BoundList *kernels_of(const Item *it) {
  switch (it->kind) {
  case ITEM_INPUT: return &it->operation->kernels;
  case ITEM_DELIVER: return &it->projection->kernels[ROLE_PRE];
  case ITEM_POST: return &it->projection->kernels[ROLE_POST];
  default: return &it->population->kernels[ROLE_UPDATE];
  }
}

/* Is what post spikes do to its synapses put off? */
static inline bool puts_off(const Item *it) {
  return it->projection != NULL && it->projection->put_off != NULL && put_off_kernel(it->projection->put_off) != NULL;
}

/* Kernels over pre neurons run before the parts: where a spike arrives, all posts read what they leave. */
static inline bool is_before(const Item *it, const BoundKernel *b) { return it->kind == ITEM_DELIVER && b->nest == NEST_LIST; }

/* Cut a region into parts of equal weight. */
void region_free_cuts(Region *r);
void region_cut(Region *r, int n_parts);

/* Count the parts of a timed call. When they were unequal in several, the region is cut anew, by what its parts have cost. */
void region_balance(Region *r);

#endif
