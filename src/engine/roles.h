/* Kernels by role, as populations and projections hold them: a list for each row of roles.def.
**
** Functions here go over the whole table, so that a role is a row there and what runs it. Lists own their kernels. Main thread only. */
#ifndef LUNAPSE_ENGINE_ROLES_H
#define LUNAPSE_ENGINE_ROLES_H
#include "engine/bound_kernel.h"

typedef enum { OWNER_POPULATION, OWNER_PROJECTION } RoleOwner;

/* Phases of a step, numbered as in docs/numerics.md. */
typedef enum {
  PHASE_START = 1,
  PHASE_DELIVER,
  PHASE_SUM,
  PHASE_NEURONS,
  PHASE_EQUATIONS,
  PHASE_POST,
  PHASE_END,
  PHASE_RECORD,
  N_PHASES
} Phase;

typedef enum { ROLE_WHOLE, ROLE_LISTED } RoleNest;
typedef enum { ROLE_METER_KERNEL, ROLE_METER_OBJECT } RoleMeter;

typedef enum {
#define ROLE(id, name, owner, phase, nest, meter) ROLE_##id,
#include "engine/roles.def"
#undef ROLE
  N_ROLES
} Role;

typedef struct RoleInfo {
  const char *name;
  RoleOwner owner;
  Phase phase;
  RoleNest nest;
  RoleMeter meter;
} RoleInfo;

const RoleInfo *role_info(Role role);

/* The role of this name; an error that names the known ones when there is none. */
bool role_find(RoleOwner owner, const char *name, Role *role, Error *e);

/* ---- lists of kernels: [N_ROLES] ---- */

/* Put `list` in the place of the role's kernels. It is taken, also on failure; a kernel whose nest is not the role's is refused. */
bool kernels_replace(BoundList *kernels, Role role, BoundList *list, Error *e);
void kernels_free(BoundList *kernels);

/* Room for the registers of all, and for lists of events of up to `n_list` neurons; then what bound_prepare fixes. */
bool kernels_reserve(const BoundList *kernels, Workers *w, int64_t n_list, Error *e);
void kernels_prepare(BoundList *kernels, const Workers *w);

/* Swap in native code that is ready. True while something is still being built. */
bool kernels_poll(const BoundList *kernels);

/* Time of the kernels that are measured for themselves, in one phase. */
Meter kernels_meter(const BoundList *kernels, Phase phase);
void kernels_clear_meters(BoundList *kernels);

/* State (base/state.h) of all: "update 1/v". */
bool kernels_state(const BoundList *kernels, State *s);

#endif
