#include "engine/roles.h"

#include <stdio.h>
#include <string.h>

static const RoleInfo roles[N_ROLES] = {
#define ROLE(id, name, owner, phase, nest, meter) { name, OWNER_##owner, PHASE_##phase, ROLE_##nest, ROLE_METER_##meter },
#include "engine/roles.def"
#undef ROLE
};

const RoleInfo *role_info(Role role) { return &roles[role]; }

bool role_find(RoleOwner owner, const char *name, Role *role, Error *e) {
  char known[256] = "";
  size_t n = 0;
  for (int r = 0; r < N_ROLES; r++) {
    if (roles[r].owner != owner)
      continue;
    if (strcmp(roles[r].name, name) == 0) {
      *role = (Role)r;
      return true;
    }
    n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n > 0 ? ", " : "", roles[r].name);
  }
  return error_set(e, "unknown role '%s' of a %s's kernels; known: %s", name, owner == OWNER_POPULATION ? "population" : "projection",
                   known);
}

static bool fits(const BoundKernel *b, Role role) {
  bool is_whole = b->nest == NEST_EACH || b->nest == NEST_ALL;
  return is_whole == (roles[role].nest == ROLE_WHOLE);
}

bool kernels_replace(BoundList *kernels, Role role, BoundList *list, Error *e) {
  for (int k = 0; k < list->n; k++)
    if (!fits(list->items[k], role)) {
      error_set(e, "kernel '%s' of nest '%s' cannot have the role '%s'", program_name(list->items[k]->program),
                program_nest_name(list->items[k]->nest), roles[role].name);
      bound_list_free(list);
      return false;
    }
  bound_list_free(&kernels[role]);
  kernels[role] = *list;
  *list = (BoundList){ 0 };
  return true;
}

void kernels_free(BoundList *kernels) {
  for (int r = 0; r < N_ROLES; r++)
    bound_list_free(&kernels[r]);
}

bool kernels_reserve(const BoundList *kernels, Workers *w, int64_t n_list, Error *e) {
  for (int r = 0; r < N_ROLES; r++)
    if (!bound_list_reserve(&kernels[r], w, n_list, e))
      return false;
  return true;
}

void kernels_prepare(BoundList *kernels, const Workers *w) {
  for (int r = 0; r < N_ROLES; r++)
    bound_list_prepare(&kernels[r], w);
}

bool kernels_poll(const BoundList *kernels) {
  bool is_building = false;
  for (int r = 0; r < N_ROLES; r++)
    is_building |= bound_list_poll(&kernels[r]);
  return is_building;
}

Meter kernels_meter(const BoundList *kernels, Phase phase) {
  Meter sum = { 0 };
  for (int r = 0; r < N_ROLES; r++) {
    if (roles[r].phase != phase || roles[r].meter != ROLE_METER_KERNEL)
      continue;
    Meter m = bound_list_meter(&kernels[r]);
    sum.ns += m.ns;
    sum.calls += m.calls;
  }
  return sum;
}

void kernels_clear_meters(BoundList *kernels) {
  for (int r = 0; r < N_ROLES; r++)
    bound_list_clear_meters(&kernels[r]);
}

bool kernels_state(const BoundList *kernels, State *s) {
  for (int r = 0; r < N_ROLES; r++)
    if (!bound_list_state(&kernels[r], s, roles[r].name))
      return false;
  return true;
}
