/* Deliveries: in which order arriving spikes are brought to their posts, and which projections are brought together.
**
** Projections whose events can be packed (engine/parcels.h) and come from one population share parcels. One may thereby move before others in the order of
** creation, but never before one that reads what it writes, or writes what it reads or writes: so that every sum stays in the order of creation, to the
** bit. Made with the plan of a step; main thread. */
#ifndef LUNAPSE_ENGINE_DELIVERIES_H
#define LUNAPSE_ENGINE_DELIVERIES_H
#include "engine/parcels.h"

typedef struct Delivery {
  Parcels *parcels; /* owned; of several projections or one; NULL: of `projection` alone, without */
  Projection *projection;
  int first;      /* number of the (first) projection in the list that this was made of */
  bool is_packed; /* the parcels are ready for the step at hand */
} Delivery;

typedef struct Deliveries {
  Delivery *items; /* owned */
  int n;
  int *place; /* owned; [length of the list] the delivery of each projection */
  int n_places;
} Deliveries;

/* Projections of a delivery. */
static inline int delivery_size(const Delivery *d) { return d->parcels != NULL ? parcels_n_members(d->parcels) : 1; }

static inline Projection *delivery_member(const Delivery *d, int k) {
  return d->parcels != NULL ? parcels_member(d->parcels, k) : d->projection;
}

/* Order and join `n` projections of one clock. Parcels of the deliveries before that are still good go on. On failure there is none. */
bool deliveries_plan(Deliveries *d, Projection *const *list, int n, Error *e);
void deliveries_free(Deliveries *d);
int64_t deliveries_bytes(const Deliveries *d); /* of what is under way */

/* Phase 2, on this thread: what arrives in `step`, which begins at `t` and lasts `dt`. */
bool delivery_run_parcels(Delivery *d, Workers *w, int64_t step, double t, double dt, Error *e);

static inline bool delivery_run_alone(Projection *p, Workers *w, int64_t step, double t, double dt, Error *e) {
  return !projection_expects(p, step) || projection_deliver(p, w, step, t, dt, e);
}

static inline bool delivery_run(Delivery *d, Workers *w, int64_t step, double t, double dt, Error *e) {
  return d->parcels != NULL ? delivery_run_parcels(d, w, step, t, dt, e) : delivery_run_alone(d->projection, w, step, t, dt, e);
}

#endif
