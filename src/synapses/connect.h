/* Connectors: which neurons of one view are joined to which neurons of another, computed row by row.
**
** A Connector is a plain value: a kind and its parameters; arrays are borrowed and must live until the storage is built. Where chance is involved,
** rows follow the connector's own axis, whatever format the synapses are kept in, so that the network does not depend on the format: post neurons
** for connect_fixed_number_pre, pre neurons for the others. A row's random numbers come from (seed, object, row) alone. Making a connector checks its
** parameters; connect_prepare checks them against the views. Thread-safe after connect_prepare: rows may be computed at the same time. */
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
  CONNECT_ALL_TO_ALL,
  CONNECT_ONE_TO_ONE,
  CONNECT_FIXED_PROBABILITY,
  CONNECT_FIXED_NUMBER_PRE,
  CONNECT_FIXED_NUMBER_POST,
  CONNECT_PAIRS,
  CONNECT_MASK,
  CONNECT_GAUSSIAN,
  CONNECT_DOG,
  CONNECT_FUNCTION
} ConnectKind;

/* A row of the caller's own: positions (in the post view, ascending, no repetition) of the posts that pre position `row` projects to, into `post` (room for
** the whole view); returns their number. Called twice per row, from any thread; must give the same both times. */
typedef int64_t (*ConnectRowFunction)(const void *context, int64_t row, int32_t *post);

typedef struct Connector {
  ConnectKind kind;
  bool self; /* a neuron may be joined to itself (matters only where pre and post are the same population) */
  double p;  /* fixed probability */
  int64_t k; /* fixed number */
  int64_t n_pairs;
  const int32_t *pair_pre, *pair_post; /* borrowed; POSITIONS in the views, from 0 */
  const uint8_t *mask;                 /* borrowed; [pre.n][post.n], row-major, 0 or not 0 */
  int n_dims;                          /* Gaussian, DoG: 1 to 3 */
  const double *pre_at, *post_at;      /* borrowed; [view.n][n_dims] coordinates */
  double amplitude, sigma, amplitude_minus, sigma_minus, limit;
  ConnectRowFunction function;
  const void *context; /* borrowed */
} Connector;

/* Every pre with every post. */
Connector connect_all_to_all(bool self);

/* Position k of the pre view with position k of the post view; the views have one size. */
Connector connect_one_to_one(void);

/* Every pair with probability p, by geometric skipping: the cost follows the synapses made. Fails unless 0 <= p <= 1. */
bool connect_fixed_probability(Connector *c, double p, bool self, Error *e);

/* Every post gets k different pres (fan-in), or every pre k different posts (fan-out). connect_prepare fails when the view has fewer. */
bool connect_fixed_number_pre(Connector *c, int64_t k, bool self, Error *e);
bool connect_fixed_number_post(Connector *c, int64_t k, bool self, Error *e);

/* Given pairs of view positions, any order; a pair given twice makes two synapses (Storage.is_unique becomes false).
** Self-connections are taken as given. */
Connector connect_pairs(const int32_t *pre, const int32_t *post, int64_t n_pairs);

/* Where mask[pre * n_post + post] is not 0. Taken as given. */
Connector connect_mask(const uint8_t *mask);

/* w = amplitude exp(-d^2 / (2 sigma^2)), d the distance of the coordinates; kept where |w| > limit |amplitude|. Gives weights. */
bool connect_gaussian(Connector *c, double amplitude, double sigma, double limit, bool self, int n_dims, const double *pre_at,
                      const double *post_at, Error *e);

/* w = a+ exp(-d^2 / (2 s+^2)) - a- exp(-d^2 / (2 s-^2)); kept where |w| > limit |a+ - a-|. Gives weights. */
bool connect_dog(Connector *c, double a_plus, double s_plus, double a_minus, double s_minus, double limit, bool self, int n_dims,
                 const double *pre_at, const double *post_at, Error *e);

/* Rows of the caller's own. */
Connector connect_function(ConnectRowFunction function, const void *context);

/* Coordinates of a grid: neuron (i, j, ..) of shape[] (last index fastest) at i/(shape[0]-1), j/(shape[1]-1), ...; 0 along an axis of size 1.
** `out` has room for product(shape) * n_dims numbers. */
void connect_grid(const int64_t *shape, int n_dims, double *out);

/* Name for messages and net:explain: "all_to_all". */
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
} ConnectJob;

/* Check everything against the views and get ready. Rows are post neurons where `wants_post` says so and the kind has no axis of its own (all to all, one to
** one, Gaussian, DoG). Fails with a message for the user, or when out of memory. */
bool connect_prepare(ConnectJob *job, const Connector *c, const ConnectEnds *ends, bool wants_post, Error *e);
void connect_finish(ConnectJob *job);

/* Number of synapses of a row if it is known without making it, else -1. */
int64_t connect_row_size(const ConnectJob *job, int64_t row);

/* Positions of row `row` in the column view, ascending, into column[0..n-1]; returns n, at most n_columns. Writes no more than n numbers (a function of the
** caller's own may). column NULL counts only (not for functions). `weight` may be NULL; else Gaussian and DoG fill it. `scratch` is connect_scratch_bytes
** zeroed bytes of the calling thread. Not for PAIRS. */
int64_t connect_row(const ConnectJob *job, int64_t row, int32_t *column, double *weight, void *scratch);
int64_t connect_scratch_bytes(const ConnectJob *job);

/* Population index of a view's position. */
static inline int64_t view_at(const View *v, int64_t position) { return v->index ? v->index[position] : v->first + position; }

#endif
