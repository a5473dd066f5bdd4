/* Connectors: which neurons of one view are joined to which neurons of another, computed row by row.
**
** A Connector is a plain value: a kind (connect.def) and its parameters; arrays are borrowed and must live until the storage is built. Where chance is
** involved, rows follow the connector's own axis, whatever format the synapses are kept in, so that the network does not depend on the format: post neurons
** for fixed_number_pre, pre neurons for the others. A row's random numbers come from (seed, object, row) alone. connect_prepare checks parameters and
** views. Thread-safe after connect_prepare: rows may be computed at the same time. */
#ifndef LUNAPSE_SYNAPSES_CONNECT_H
#define LUNAPSE_SYNAPSES_CONNECT_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "random/random.h"

/* Some neurons of a population. Index arrays may be in any order and name no neuron twice. */
typedef struct View {
  int64_t n;
  int64_t first;        /* population index of the first neuron, where index is NULL */
  const int32_t *index; /* [n] population indexes from 0; NULL: first .. first+n-1 */
} View;

typedef enum {
#define CONNECTOR(name, fields) CONNECT_##name,
#include "synapses/connect.def"
#undef CONNECTOR
  N_CONNECTS
} ConnectKind;

/* A row of the caller's own: positions (in the post view, ascending, no repetition) of the posts that pre position `row` projects to, into `post` (room for
** the whole view); returns their number. Called twice per row, from any thread; must give the same both times. */
typedef int64_t (*ConnectRowFunction)(const void *context, int64_t row, int32_t *post);

/* A relation between the coordinates of pre and of post neurons along one axis of a grid; each of its synapses adds to the place of the whole synapse. */
typedef struct ConnectAxis {
  int64_t n_pre, n_post, n;          /* neurons along the axis; pairs */
  const int32_t *pre, *post, *place; /* borrowed; [n] from 0 */
} ConnectAxis;

enum { CONNECT_MOST_AXES = 8 };

typedef struct Connector {
  ConnectKind kind;
  /* all_to_all, fixed_*, gaussian, dog: a neuron may be joined to itself (matters only where pre and post are the same population). The
  ** other kinds take what is given. */
  bool self;
  double p;        /* fixed_probability: every pair with this probability, by geometric skipping: the cost follows the synapses made */
  int64_t k;       /* fixed_number_pre: every post gets k different pres (fan-in); fixed_number_post: every pre k different posts (fan-out);
             ** fixed_total: so many synapses, each from any pre to any post, drawn with repetition */
  int64_t n_pairs; /* pairs, in any order; a pair given twice makes two synapses */
  const int32_t *pair_pre, *pair_post; /* borrowed; POSITIONS in the views, from 0 */
  const uint8_t *mask;                 /* borrowed; [pre.n][post.n], row-major, 0 or not 0 */
  /* gaussian: w = amplitude exp(-d^2 / (2 sigma^2)), d the distance of the coordinates; dog: the same less amplitude_minus exp(-d^2 / (2 sigma_minus^2)).
  ** Kept where |w| > limit |amplitude - amplitude_minus|. They give weights. */
  double amplitude, sigma, amplitude_minus, sigma_minus, limit;
  int n_dims;                     /* 1 to 3 */
  const double *pre_at, *post_at; /* borrowed; [view.n][n_dims] coordinates */
  ConnectRowFunction function;    /* kernel */
  const void *context;            /* borrowed */
  /* axes: neurons lie on grids, the last axis fastest; they are joined where their coordinates are, along every axis. The value of a synapse lies at the
  ** sum of what its pairs say, of n_places */
  int n_axes;
  const ConnectAxis *axis; /* borrowed */
  int64_t n_places;
} Connector;

/* Its name: "all_to_all". */
const char *connect_name(ConnectKind kind);

/* The network's part of a connection. */
typedef struct ConnectEnds {
  View pre, post;
  int64_t n_pre, n_post; /* sizes of the whole populations */
  bool same_population;  /* pre and post are (views of) one population */
  uint64_t seed;
  uint32_t object; /* of the projection */
} ConnectEnds;

/* A connector bound to its ends. Holds small tables; freed with connect_finish (also after a failed connect_prepare). */
typedef struct ConnectJob {
  Connector connector;
  ConnectEnds ends;
  RandomKey key;
  bool by_post;       /* rows are post neurons */
  bool excludes_self; /* some row leaves its own neuron out */
  bool gives_weights;
  int64_t n_rows, n_columns; /* sizes of the views along and across the natural axis */
  int32_t *
      self_position; /* owned; [n_rows] position in the column view of the row's own neuron, -1: not in it; NULL: arithmetic or no exclusion */
  double inverse_log; /* 1 / log(1 - p) */
  int64_t *count;     /* owned; [n_rows] synapses of each row; NULL: not known beforehand */
  /* Rows keep those synapses alone that end at population indexes own_first .. own_last-1; `seen` counts all that were made. NULL: they keep all */
  int64_t own_first, own_last;
  _Atomic int64_t *seen; /* borrowed */
} ConnectJob;

/* Check parameters and views and get ready. Rows are post neurons where `wants_post` says so and the kind has no axis of its own (all to all, one to
** one, Gaussian, DoG). Fails with a message for the user, or when out of memory. */
bool connect_prepare(ConnectJob *job, const Connector *c, const ConnectEnds *ends, bool wants_post, Error *e);
void connect_finish(ConnectJob *job);

/* Do rows follow from the connector alone, each by itself, and without weights? Then any process can make those of some posts. */
bool connect_can_part(const ConnectJob *job);

/* Number of synapses of a row if it is known without making it, else -1. */
int64_t connect_row_size(const ConnectJob *job, int64_t row);

/* Pairs that have to be looked at to make all rows, more or less. */
int64_t connect_work(const ConnectJob *job);

/* Positions of row `row` in the column view, ascending, into column[0..n-1]; returns n, at most connect_row_most. Writes no more than n numbers, unless
** connect_needs_buffer: then the room is n_columns numbers, and is never NULL. column NULL counts only. `weight` may be NULL; else kinds that give weights fill it.
** `scratch` is connect_scratch_bytes zeroed bytes of the calling thread. Not for pairs. */
int64_t connect_row(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch);
int64_t connect_row_most(const ConnectJob *job);
bool connect_needs_buffer(const ConnectJob *job);
bool connect_may_repeat(const ConnectJob *job); /* a pair may be joined more than once: also where a view names a neuron more than once */
int64_t connect_scratch_bytes(const ConnectJob *job);

/* Population index of a view's position. */
static inline int64_t view_at(const View *v, int64_t position) { return v->index ? v->index[position] : v->first + position; }

#endif
