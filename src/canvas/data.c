#include "canvas/data.h"

#include <math.h>

size_t canvas_range(const double *values, size_t n, bool positive, double *lo, double *hi) {
  double least = INFINITY, most = -INFINITY;
  size_t count = 0;
  for (size_t k = 0; k < n; k++) {
    double v = values[k];
    if (!isfinite(v) || (positive && v <= 0))
      continue;
    if (v < least)
      least = v;
    if (v > most)
      most = v;
    count++;
  }
  if (count > 0) {
    *lo = least;
    *hi = most;
  }
  return count;
}

size_t canvas_histogram(const double *values, size_t n, const double *edges, size_t n_bins, double *counts) {
  size_t counted = 0;
  for (size_t k = 0; k < n_bins; k++)
    counts[k] = 0;
  if (n_bins == 0)
    return 0;
  for (size_t k = 0; k < n; k++) {
    double v = values[k];
    if (!(v >= edges[0] && v <= edges[n_bins]))
      continue;
    size_t low = 0, high = n_bins; /* edges[low] <= v < edges[high], but for v on the last edge */
    while (high - low > 1) {
      size_t middle = (low + high) / 2;
      if (v >= edges[middle])
        low = middle;
      else
        high = middle;
    }
    counts[low]++;
    counted++;
  }
  return counted;
}
