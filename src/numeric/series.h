/* Series of float64 numbers: linear filters, convolution, places in a sorted list. Plain memory, borrowed; nothing fails. */
#ifndef LUNAPSE_NUMERIC_SERIES_H
#define LUNAPSE_NUMERIC_SERIES_H
#include <stdint.h>

/* y[k] = b[0] x[k] + ... + b[n-1] x[k-n+1] - a[1] y[k-1] - ... in the transposed direct form II (a[0] = 1); `state` has n - 1 numbers, from before
** the first element and, afterwards, from behind the last. y may be x. */
void series_filter(const double *b, const double *a, int64_t n, const double *x, double *y, int64_t length, double *state);

/* y[k] = sum of a[i] b[k-i], n_a + n_b - 1 numbers, added for ascending i. */
void series_convolve(const double *a, int64_t n_a, const double *b, int64_t n_b, double *y);

/* How many of the `n` ascending `edges` are below x (or equal to it, if `is_right`): where x would go in. NaN goes to the end. */
int64_t series_place(const double *edges, int64_t n, double x, int is_right);

#endif
