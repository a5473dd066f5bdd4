/* The transport of base/ranks.h by MPI.
**
** This folder (ranks) is a shared library of its own beside the program, so that the program itself knows no MPI; nothing else names it.
**
** Everything is begun and then asked for (MPI_Test), never waited for: who waits is base/ranks.c, which sleeps where ranks are more than processors, and hears
** there that somebody has ended. */
#include <mpi.h>
#include <stdlib.h>

#include "base/ranks_transport.h"

static MPI_Comm words, ends; /* two, so that an end is told whatever else is under way */
static int me, n_ranks;
static MPI_Request under_way = MPI_REQUEST_NULL;
static int *counts, *places; /* [n_ranks] */
static int64_t *heard;       /* [n_ranks] */
static int64_t told;
static MPI_Request *telling; /* [n_ranks] */

static bool start(int *rank, int *n, int *n_here) {
  int level;
  MPI_Comm here;
  setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
  setenv("OMPI_MCA_mpi_warn_on_fork", "0", 0); /* children never speak to MPI */
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS)
    return false;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
  MPI_Comm_dup(MPI_COMM_WORLD, &words);
  MPI_Comm_dup(MPI_COMM_WORLD, &ends);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, n_here);
  MPI_Comm_free(&here);
  counts = calloc((size_t)n_ranks, sizeof *counts);
  places = calloc((size_t)n_ranks, sizeof *places);
  heard = calloc((size_t)n_ranks, sizeof *heard);
  telling = calloc((size_t)n_ranks, sizeof *telling);
  if (counts == NULL || places == NULL || heard == NULL || telling == NULL)
    return false;
  for (int r = 0; r < n_ranks; r++)
    heard[r] = -1;
  *rank = me;
  *n = n_ranks;
  return true;
}

static void gather(const void *mine, void *all, const int64_t *n, const int64_t *at) {
  int64_t first = -1; /* places are counted from the first that is used: they are ints */
  for (int r = 0; r < n_ranks; r++)
    if (n[r] > 0 && (first < 0 || at[r] < first))
      first = at[r];
  for (int r = 0; r < n_ranks; r++) {
    counts[r] = (int)n[r];
    places[r] = n[r] > 0 ? (int)(at[r] - first) : 0;
  }
  MPI_Iallgatherv(mine, counts[me], MPI_BYTE, (char *)all + (first > 0 ? first : 0), counts, places, MPI_BYTE, words, &under_way);
}

static bool is_done(void) {
  int flag = 0;
  MPI_Test(&under_way, &flag, MPI_STATUS_IGNORE);
  return flag != 0;
}

static void tell_end(int64_t what) {
  told = what;
  for (int r = 0; r < n_ranks; r++) {
    telling[r] = MPI_REQUEST_NULL;
    if (r != me)
      MPI_Isend(&told, 1, MPI_INT64_T, r, 0, ends, &telling[r]);
  }
}

static int64_t heard_end(int rank) {
  int is_there = 0;
  if (heard[rank] >= 0 || rank == me)
    return heard[rank];
  MPI_Iprobe(rank, 0, ends, &is_there, MPI_STATUS_IGNORE);
  if (is_there)
    MPI_Recv(&heard[rank], 1, MPI_INT64_T, rank, 0, ends, MPI_STATUS_IGNORE);
  return heard[rank];
}

static void stop(void) {
  for (int r = 0; r < n_ranks; r++)
    MPI_Wait(&telling[r], MPI_STATUS_IGNORE);
  MPI_Comm_free(&words);
  MPI_Comm_free(&ends);
  MPI_Finalize();
}

static void end_all(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

const RanksTransport *lunapse_transport(void);
const RanksTransport *lunapse_transport(void) {
  static const RanksTransport transport = { start, gather, is_done, tell_end, heard_end, stop, end_all };
  return &transport;
}
