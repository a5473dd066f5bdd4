/* Regions: what several objects do in a step, handed to all threads at once.
**
** A region is a run of items (arriving spikes, sums, populations, learning) in the order of the step, over one phase or several. Each is cut by the neurons
** of a population: a part has some neurons of each through all items, in their order. So work is handed over once for a region and not once for each
** kernel, small populations fill parts together, and what one thread sums another never touches: every sum keeps its order, and the bits are the same.
** An item joins a region only if, of all that it reads and writes, nothing is another neuron's matter in an item before it (claims.h says what is asked);
** else a new region begins. What goes over several neurons stays with the calling thread: before the parts (gathering arrivals, numbers for a whole
** population) and after them (resets, rates). On one thread a region is a loop over its objects. Made with the plan of a clock. Main thread calls. */
#ifndef LUNAPSE_ENGINE_REGION_H
#define LUNAPSE_ENGINE_REGION_H
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct Network;
struct Clock;

/* Phases 2 to 6. Where a network has one clock, DELIVER holds 2 to 4 and EQUATIONS 5 and 6, and the others nothing. */
typedef enum { STAGE_DELIVER, STAGE_SUM, STAGE_NEURONS, STAGE_EQUATIONS, STAGE_POST, N_STAGES } Stage;

typedef struct Region Region;

/* The regions of a stage, in order. */
typedef struct Regions {
  Region **items; /* owned */
  int n;
  int64_t capacity;
} Regions;

/* Make the regions of all clocks; what was learnt of those that stay as they were is kept. */
bool regions_plan(struct Network *n, Error *e);
void regions_free(Regions *r);

/* Memory of what is under way there. */
int64_t regions_bytes(const Regions *r);

/* One stage of a step that begins at `t`. False with the error of what failed first; the rest is done all the same. */
bool regions_run(struct Network *n, struct Clock *c, Stage stage, double t, Error *e);

#endif
