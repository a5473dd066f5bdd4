#include "numeric/series.h"

#include <string.h>

void series_filter(const double *b, const double *a, int64_t n, const double *x, double *y, int64_t length, double *state) {
  for (int64_t k = 0; k < length; k++) {
    const double in = x[k], out = n > 1 ? b[0] * in + state[0] : b[0] * in;
    for (int64_t i = 1; i < n - 1; i++)
      state[i - 1] = state[i] + in * b[i] - out * a[i];
    if (n > 1)
      state[n - 2] = in * b[n - 1] - out * a[n - 1];
    y[k] = out;
  }
}

void series_convolve(const double *a, int64_t n_a, const double *b, int64_t n_b, double *y) {
  memset(y, 0, (size_t)(n_a + n_b - 1) * sizeof *y);
  for (int64_t i = 0; i < n_a; i++)
    for (int64_t j = 0; j < n_b; j++)
      y[i + j] += a[i] * b[j];
}

int64_t series_place(const double *edges, int64_t n, double x, int is_right) {
  int64_t low = 0, high = n;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (edges[middle] < x || (is_right && edges[middle] <= x) || x != x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}
