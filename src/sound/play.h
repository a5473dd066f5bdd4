/* Sound files played by a program of the system. */
#ifndef LUNAPSE_SOUND_PLAY_H
#define LUNAPSE_SOUND_PLAY_H
#include "base/error.h"

typedef enum { PLAY_DONE, PLAY_MISSING /* there is no such program */, PLAY_FAILED /* with `e` filled */ } PlayResult;

/* Run arguments[0], looked for along PATH, with these arguments up to NULL, and wait for its end. No shell; it reads nothing and what it says goes nowhere. */
PlayResult play_file(const char *const *arguments, Error *e);

#endif
