#include "base/away.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int n_away;

void away_bring_back(Away *const *at) {
  if (*at == NULL)
    return;
  pthread_mutex_lock(&lock);
  if (*at != NULL) /* nobody was faster */
    (*at)->bring_back(*at);
  pthread_mutex_unlock(&lock);
}

bool away_is_any(void) { return n_away > 0; }
void away_count(int change) { n_away += change; }
