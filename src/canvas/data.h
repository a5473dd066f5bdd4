/* What a figure has to know of its numbers before it draws them: their range and their histogram. Pure functions; data borrowed. */
#ifndef LUNAPSE_CANVAS_DATA_H
#define LUNAPSE_CANVAS_DATA_H
#include <stdbool.h>
#include <stddef.h>

/* The least and the greatest of the finite values, or with `positive` of those above 0. Returns how many there are; with 0 the
** limits are left as they were. */
size_t canvas_range(const double *values, size_t n, bool positive, double *lo, double *hi);

/* Count the values in `n_bins` bins between ascending `edges` [n_bins + 1]; each bin holds its lower edge, the last one both. NaN and
** values outside are not counted. Returns the number counted; `counts` [n_bins] is overwritten. */
size_t canvas_histogram(const double *values, size_t n, const double *edges, size_t n_bins, double *counts);

#endif
