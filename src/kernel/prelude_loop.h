/* What the loops of generated kernels share: lists of spikes and sums over rows. */
#ifndef LUNAPSE_KERNEL_PRELUDE_LOOP_H
#define LUNAPSE_KERNEL_PRELUDE_LOOP_H

/*@ lp_scan64 */
/* Append the numbers begin + k of the bits k of `hit` to `spikes`, which holds n_spikes. */
LP_FUNCTION int64_t lp_scan64(uint64_t hit, int64_t begin, int32_t *spikes, int64_t n_spikes) {
  for (; hit; hit &= hit - 1) spikes[n_spikes++] = (int32_t)(begin + __builtin_ctzll(hit));
  return n_spikes;
}
/*@ lp_scan32 */
LP_FUNCTION int64_t lp_scan32(uint32_t hit, int64_t begin, int32_t *spikes, int64_t n_spikes) {
  for (; hit; hit &= hit - 1) spikes[n_spikes++] = (int32_t)(begin + __builtin_ctz(hit));
  return n_spikes;
}
/*@ lp_scan_marks64 */
/* The same of marks; seldom is there one. */
LP_FUNCTION int64_t lp_scan_marks64(const short *mark, int n, int64_t begin, int32_t *spikes, int64_t n_spikes) {
  short any = 0;
  for (int k = 0; k < n; k++) any |= mark[k];
  for (int k = 0; any && k < n; k++)
    if (mark[k]) spikes[n_spikes++] = (int32_t)(begin + k);
  return n_spikes;
}
/*@ lp_scan_marks32 */
LP_FUNCTION int64_t lp_scan_marks32(const signed char *mark, int n, int64_t begin, int32_t *spikes, int64_t n_spikes) {
  signed char any = 0;
  for (int k = 0; k < n; k++) any |= mark[k];
  for (int k = 0; any && k < n; k++)
    if (mark[k]) spikes[n_spikes++] = (int32_t)(begin + k);
  return n_spikes;
}
/*@ lp_lanes64 */
/* Element k of a row goes to lane k mod 32; `part` begins at a multiple of 32. */
LP_FUNCTION void lp_lanes64(double *lane, const double *part, int64_t n) {
  typedef double Part __attribute__((vector_size(64), aligned(8), may_alias));
  Part *at = (Part *)lane;      /* in registers while the row goes by */
  Part s0 = at[0], s1 = at[1], s2 = at[2], s3 = at[3];
  int64_t k = 0;
  for (; k + 32 <= n; k += 32) {
    const Part *from = (const Part *)(part + k);
    s0 += from[0];
    s1 += from[1];
    s2 += from[2];
    s3 += from[3];
  }
  at[0] = s0; at[1] = s1; at[2] = s2; at[3] = s3;
  for (int64_t l = 0; k + l < n; l++) lane[l] += part[k + l];
}
/*@ lp_lanes32 */
LP_FUNCTION void lp_lanes32(float *lane, const float *part, int64_t n) {
  typedef float Part __attribute__((vector_size(64), aligned(4), may_alias));
  Part *at = (Part *)lane;      /* in registers while the row goes by */
  Part s0 = at[0], s1 = at[1];
  int64_t k = 0;
  for (; k + 32 <= n; k += 32) {
    const Part *from = (const Part *)(part + k);
    s0 += from[0];
    s1 += from[1];
  }
  at[0] = s0; at[1] = s1;
  for (int64_t l = 0; k + l < n; l++) lane[l] += part[k + l];
}
/*@ lp_fold64 */
/* lp_total of `n` <= 64 rows at once, of which `n_lanes` have anything in them: lane l of row k is lane[64 l + k]. The totals come to the first 64. */
LP_FUNCTION void lp_fold64(double *lane, int64_t n_lanes, int64_t n) {
  for (int64_t half = 16; half >= 1; half /= 2) {
    for (int64_t l = 0; l < half && l + half < n_lanes; l++)
      for (int64_t k = 0; k < n; k++) lane[64 * l + k] += lane[64 * (l + half) + k];
    n_lanes = n_lanes < half ? n_lanes : half;
  }
  for (int64_t k = 0; k < n; k++) lane[k] += 0;  /* a lane begins with 0: -0 alone is none */
}
/*@ lp_total64 */
LP_FUNCTION double lp_total64(double *lane) {
  for (int l = 0; l < 16; l++) lane[l] += lane[l + 16];
  for (int l = 0; l < 8; l++) lane[l] += lane[l + 8];
  for (int l = 0; l < 4; l++) lane[l] += lane[l + 4];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}
/*@ lp_fold32 */
/* lp_total of `n` <= 64 rows at once, of which `n_lanes` have anything in them: lane l of row k is lane[64 l + k]. The totals come to the first 64. */
LP_FUNCTION void lp_fold32(float *lane, int64_t n_lanes, int64_t n) {
  for (int64_t half = 16; half >= 1; half /= 2) {
    for (int64_t l = 0; l < half && l + half < n_lanes; l++)
      for (int64_t k = 0; k < n; k++) lane[64 * l + k] += lane[64 * (l + half) + k];
    n_lanes = n_lanes < half ? n_lanes : half;
  }
  for (int64_t k = 0; k < n; k++) lane[k] += 0;  /* a lane begins with 0: -0 alone is none */
}
/*@ lp_total32 */
LP_FUNCTION float lp_total32(float *lane) {
  for (int l = 0; l < 16; l++) lane[l] += lane[l + 16];
  for (int l = 0; l < 8; l++) lane[l] += lane[l + 8];
  for (int l = 0; l < 4; l++) lane[l] += lane[l + 4];
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

/* Rows of a dense projection begin anywhere, and gcc reads a weight once for each use: vectors of 64 bytes then split a cache line at each access
** (2.05 against 1.7 ms for a weight updated and summed, 10^7 synapses in float32). In float64, and for smaller rows, longer vectors are the faster. */
/*@ LP_HALF_VECTORS */
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define LP_HALF_VECTORS __attribute__((target("prefer-vector-width=256")))
#else
#define LP_HALF_VECTORS
#endif

#endif
