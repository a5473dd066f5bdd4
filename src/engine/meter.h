/* What measuring a run adds up, one for each object and phase: net:profile(). Written by the thread that runs the network. */
#ifndef LUNAPSE_ENGINE_METER_H
#define LUNAPSE_ENGINE_METER_H
#include <stdint.h>

typedef struct Meter {
  int64_t ns, calls;
} Meter;

#endif
