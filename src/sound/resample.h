/* Change of sampling rate by a windowed sinc (Kaiser), streamed.
**
** Everything up to 0.9 of the lower of the two half rates passes within 0.001 dB, everything from that half rate on is 100 dB down. */
#ifndef LUNAPSE_SOUND_RESAMPLE_H
#define LUNAPSE_SOUND_RESAMPLE_H
#include "base/stream.h"

/* `source` (retained) at another rate, with round(n rate / source's rate) rows. NULL with `e` filled on an error. */
Stream *resample_new(Stream *source, double rate, Error *e);

#endif
