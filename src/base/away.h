/* Contents that are away: they stand elsewhere, in another order, until somebody asks for them, and their own memory has gone back to the system meanwhile; or
** they are here, and something has yet to be done to them (engine/put_off.h).
**
** Who reads or writes what may be away asks first: of arrays array_settle does that (base/shares.h), of synapses the storage itself. Any
** thread may ask; while anything is away nobody else writes to it. */
#ifndef LUNAPSE_BASE_AWAY_H
#define LUNAPSE_BASE_AWAY_H
#include <stdbool.h>
#include <stddef.h>

typedef struct Away Away;
struct Away {
  bool has_memory;                            /* they are here */
  void (*bring_back)(Away *a);                /* all that it has: who pointed here then points to NULL */
  void (*forget)(Away *a, const void *owner); /* who pointed here is freed: the contents are not wanted any more */
  bool (*extent)(const Away *a, const void *owner, double *low, double *high); /* the least and the largest value; false: not known */
};

/* Have the contents; NULL: they are here. */
void away_bring_back(Away *const *at);

/* Is anything away, in the whole program? */
bool away_is_any(void);
void away_count(int change);

#endif
