/* What was printed: did it arrive? Streams buffer, so a full disk shows when they are flushed, and nobody looks. Main thread only. */
#ifndef LUNAPSE_BASE_OUTPUT_H
#define LUNAPSE_BASE_OUTPUT_H
#include <stdbool.h>

#include "base/error.h"

/* Descriptors 0, 1 and 2 that were closed when the program began are made to fail, so that no file of a script gets their number, and its bytes what is printed. */
void output_open(void);

/* Flush standard output and error; false with a reason when something that was written to them, now or before, did not arrive. An error stream that was closed
** from the beginning is no loss: somebody wanted it so. */
bool output_arrived(Error *e);

#endif
