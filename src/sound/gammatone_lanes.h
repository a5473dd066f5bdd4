/* The inner loop of the gammatone filterbank for LANES channels at once; gammatone.c includes this once for every width it can choose
** from. Wants LANES, TARGET (an attribute or nothing) and NAME(x). No header guard: it is meant to be included again. */

typedef double NAME(Lanes) __attribute__((vector_size(LANES * 8)));
typedef double NAME(Loose) __attribute__((vector_size(LANES * 8), aligned(8)));

/* `n` rows through the channels first .. first+LANES-1. x: the input of row k at x[k * x_stride], one number for all lanes where x_stride is that
** of a mono source (`is_mono`). The state of the four sections stays in registers. */
TARGET static void NAME(filter_lanes)(Bank *b, int64_t first, const double *x, double *out, int64_t n) {
  typedef NAME(Lanes) V;
  typedef NAME(Loose) U;
  const double *f = b->coefficients + first * PER_CHANNEL; /* [PER_CHANNEL][LANES], see lay_out */
  double *s = b->state + first * STATES;
  const V gain = *(const V *)(f + 0 * LANES), c1 = *(const V *)(f + 1 * LANES), c2 = *(const V *)(f + 2 * LANES),
          c3 = *(const V *)(f + 3 * LANES), c4 = *(const V *)(f + 4 * LANES), b1 = *(const V *)(f + 5 * LANES),
          b2 = *(const V *)(f + 6 * LANES);
  V p1 = *(V *)(s + 0 * LANES), q1 = *(V *)(s + 1 * LANES), p2 = *(V *)(s + 2 * LANES), q2 = *(V *)(s + 3 * LANES),
    p3 = *(V *)(s + 4 * LANES), q3 = *(V *)(s + 5 * LANES), p4 = *(V *)(s + 6 * LANES), q4 = *(V *)(s + 7 * LANES);
  const int64_t stride = b->stream.n_channels;
  const bool is_mono = b->is_mono, is_whole = first + LANES <= stride;
  for (int64_t k = 0; k < n; k++) {
    V u;
    if (is_mono)
      u = gain * x[k];
    else if (is_whole)
      u = gain * *(const U *)(x + k * stride + first);
    else {
      V edge = { 0 };
      for (int64_t c = first; c < stride; c++)
        edge[c - first] = x[k * stride + c];
      u = gain * edge;
    }
    /* direct form II transposed; b1 and b2 are kept with their signs turned */
    V y1 = u + p1;
    p1 = (c1 * u + q1) + b1 * y1;
    q1 = b2 * y1;
    V y2 = y1 + p2;
    p2 = (c2 * y1 + q2) + b1 * y2;
    q2 = b2 * y2;
    V y3 = y2 + p3;
    p3 = (c3 * y2 + q3) + b1 * y3;
    q3 = b2 * y3;
    V y4 = y3 + p4;
    p4 = (c4 * y3 + q4) + b1 * y4;
    q4 = b2 * y4;
    if (is_whole)
      *(U *)(out + k * stride + first) = y4;
    else
      for (int64_t c = first; c < stride; c++)
        out[k * stride + c] = y4[c - first];
  }
  *(V *)(s + 0 * LANES) = p1, *(V *)(s + 1 * LANES) = q1, *(V *)(s + 2 * LANES) = p2, *(V *)(s + 3 * LANES) = q2;
  *(V *)(s + 4 * LANES) = p3, *(V *)(s + 5 * LANES) = q3, *(V *)(s + 6 * LANES) = p4, *(V *)(s + 7 * LANES) = q4;
}

TARGET static void NAME(filter_rows)(Bank *b, const double *x, double *out, int64_t n) {
  int64_t step = b->is_mono ? 1 : b->stream.n_channels;
  for (int64_t at = 0; at < n; at += ROWS) {
    int64_t rows = n - at < ROWS ? n - at : ROWS;
    for (int64_t first = 0; first < b->stream.n_channels; first += LANES)
      NAME(filter_lanes)(b, first, x + at * step, out + at * b->stream.n_channels, rows);
  }
}
