/* Projections that are held in part: where many processes share a run, each builds those synapses alone that end at its own neurons (StorageOptions.own_first).
**
** The rows of a part are those of the whole without what ends elsewhere, in the same order. What is drawn for a synapse is drawn by its place among all of them. Nothing of
** the whole is kept: places are found by going over the rows once more. Several threads each take some rows. */
#ifndef LUNAPSE_SYNAPSES_PART_H
#define LUNAPSE_SYNAPSES_PART_H
#include "synapses/storage.h"

/* A part, and what it was built of. All borrowed. */
typedef struct Part {
  const Storage *s;
  const Connector *connector;
  const ConnectEnds *ends;
  const StorageOptions *options;
} Part;

/* Of each row of the whole: the place of its first synapse, and how many of its synapses end before the part's first post. [rows of the storage] */
bool part_rows(const Part *p, int64_t *begin, int64_t *before, Error *e);

/* Delays in steps of the synapses first .. first+n-1 of all, as they are numbered before rows are sorted by delay. Any thread. */
typedef void PartSteps(const void *context, int64_t first, int64_t n, int32_t *steps);

/* What is drawn for the synapses of a part, and how its rows have been sorted. */
typedef struct PartDraw {
  Distribution drawn;
  uint64_t seed;
  uint32_t object, stream;
  const int64_t *begin, *before; /* of part_rows */
  PartSteps *steps;              /* by these delays; NULL: not at all */
  const void *context;
} PartDraw;

/* Each synapse's value, handed over in pieces from several threads: synapses first .. first+n-1 of the part. */
bool part_draw(const Part *p, const PartDraw *draw, RandomTake *take, void *context, Error *e);

#endif
