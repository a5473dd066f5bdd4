/* Pictures as arrays, through libpng. */
#ifndef LUNAPSE_FILES_IMAGE_H
#define LUNAPSE_FILES_IMAGE_H
#include <stdbool.h>

#include "base/array.h"
#include "base/error.h"

/* int32 of rows x columns (grey), or rows x columns x 3 (RGB) or 4 (RGBA, also of grey with transparency), 0 .. 255; of 16 bits (`bits`: 8 or 16) 0 .. 65535.
** Palettes and fewer bits become what they stand for. Colours are not corrected. */
Array *image_read(const char *path, int *bits, Error *e);

/* The same arrays (int32, contiguous), of 8 or 16 `bits`, whose values are within them. */
bool image_write(const char *path, const Array *a, int bits, Error *e);

#endif
