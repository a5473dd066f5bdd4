/* Tables in kernels, interpreted or native: where a number lies on an axis, and what stands in a row and column. Marks: prelude_math.h. All in doubles, whatever
** the precision: t does not fit into a float late in a run. */
#ifndef LUNAPSE_KERNEL_PRELUDE_TABLES_H
#define LUNAPSE_KERNEL_PRELUDE_TABLES_H

/*@ lp_settle64: lp_round64 lp_abs64 lp_max64 */
/* A number that is whole but for rounding is that whole number: 0.3 / 0.1 is 3. */
LP_FUNCTION double lp_settle64(double x) {
  const double whole = lp_round64(x);
  return lp_abs64(x - whole) < 1e-9 * lp_max64(1.0, lp_abs64(whole)) ? whole : x;
}

/*@ lp_place64: lp_settle64 lp_floor64 lp_abs64 lp_max64 */
/* Where x lies on an axis of n points (struct Place, program.h): the points below it and a part of the way to the next one. */
LP_FUNCTION double lp_place64(const double *axis, int64_t n, int is_listed, double x) {
  const double period = axis[0];
  const double *point = axis + 1;
  if (period > 0.0) x -= period * lp_floor64(lp_settle64(x / period));
  if (!is_listed) return lp_settle64((x - point[0]) / point[1]);
  if (n < 2 || x != x) return x != x ? x : x >= point[0] - 1e-9 * lp_max64(1.0, lp_abs64(x)) ? 0.0 : -1.0;
  int64_t low = 0, high = n - 1;        /* the step that x is in, or the first or the last one */
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (point[middle] <= x) low = middle; else high = middle;
  }
  const double step = point[high] - point[low], part = (x - point[low]) / step, close = 1e-9 * lp_max64(step, lp_abs64(x)) / step;
  if (lp_abs64(part) < close) return (double)low;
  if (lp_abs64(part - 1.0) < close) return (double)high;
  return part < 0.0 ? -1.0 : part < 1.0 ? (double)low + part : (double)high + 0.5;
}

/*@ lp_locate64: lp_place64 lp_floor64 */
LP_FUNCTION double lp_locate64(const double *axis, int64_t n, int is_listed, double x) { return lp_floor64(lp_place64(axis, n, is_listed, x)); }
/*@ lp_beyond64: lp_place64 lp_floor64 */
LP_FUNCTION double lp_beyond64(const double *axis, int64_t n, int is_listed, double x) {
  const double place = lp_place64(axis, n, is_listed, x);
  return place - lp_floor64(place);
}

/*@ lp_lookup64: LP_NAN */
LP_FUNCTION double lp_lookup64(const double *table, int32_t rows, int32_t columns, double row, double column) {
  const double last = (double)(rows - 1);
  row = row > 0.0 ? row < last ? row : last : row == row ? 0.0 : row;
  if (!(row == row && column >= 0.0 && column < (double)columns)) return LP_NAN;
  return table[(int64_t)row * columns + (int64_t)column];
}

#endif
