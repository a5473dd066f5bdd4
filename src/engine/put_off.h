/* What post spikes do to synapses, put off until somebody reads these.
**
** A post spike changes synapses that lie here and there in memory: one access for each, far from the others. A pre spike reads a whole row. So, where a rule allows it
** (language/back/later.lua), a post spike is only written down, with the values that its neuron had then, and when a row is next read, what its post neurons have
** done since is done to it, in the order in which it happened. Between two spikes of a pre neuron nothing else changes what the rule reads, so that each
** synapse goes through the same operations with the same numbers: not a bit is different. A reverse index is not needed.
**
** While something is put off, the arrays that it reads or writes are away (base/away.h): whoever looks at them has it done. So nothing of this is state.
** Whether a projection puts off is found out with the plans of a step: without ranks, where there are many synapses in rows by pre, one delay
** holds for all, and no other kernel of a step uses what the rule changes. Where it is not done, or no longer, the reverse index is made.
**
** Threads share it by post neurons: each of some ranges of these (put_off_cut) has its own list of what is written down, and its own part of each row. Main thread, but for
** put_off_note_part and put_off_do_part. */
#ifndef LUNAPSE_ENGINE_PUT_OFF_H
#define LUNAPSE_ENGINE_PUT_OFF_H
#include "engine/projection.h"

typedef struct PutOff PutOff;

/* Take a kernel (EACH) that does it later; it has the slots of the projection's kernel of nest POST. NULL with an error when memory is short. */
PutOff *put_off_new(Projection *p, BoundKernel *later, Error *e);

/* What is put off is done before. NULL: nothing to do. */
void put_off_free(PutOff *q);

/* Room for registers of the interpreter. */
bool put_off_prepare(PutOff *q, Workers *w, Error *e);

/* While plans are made: is it done? False with an error when memory is short. */
bool put_off_plan(PutOff *q, Workers *w, Error *e);

/* Why it is not done, for people; NULL: it is. */
const char *put_off_obstacle(const PutOff *q);

/* The kernel whose events are written down; NULL: they are not. */
const BoundKernel *put_off_kernel(const PutOff *q);

/* Post neurons have spiked (indexes of their population). */
void put_off_note(PutOff *q, const int32_t *list, int64_t n);

/* The same in parts: first, that any of them may spike (false: memory is short, and nothing was done), then those of a part, on any thread. */
bool put_off_expect(PutOff *q);
void put_off_note_part(PutOff *q, int part, const int32_t *list, int64_t n);

/* The rows of these pre neurons are about to be read. */
void put_off_do_rows(PutOff *q, const int32_t *list, int64_t n);

/* From now on in parts that begin at posts first[0], first[1], ... False, and nothing has changed, when memory is short. */
bool put_off_cut(PutOff *q, const int64_t *first, int n_parts);
int put_off_n_parts(const PutOff *q);

/* put_off_do_rows for who reads these rows in parts, and changes values of the pre neurons before: first note these values, then do what concerns a part, on any thread: part
** begin[k] .. end[k]-1 of row k (NULL: whole rows). `from`: the place of list[0] in the list that was begun with. */
void put_off_begin(PutOff *q, const int32_t *list, int64_t n);
void put_off_do_part(PutOff *q, int part, const int32_t *list, int64_t n, const int64_t *begin, const int64_t *end, int64_t from,
                     void *scratch);

/* All is to be done now. NULL: nothing to do. */
void put_off_do_all(PutOff *q);

/* Tests: it is done from so many synapses on; 0: where it pays. */
void put_off_from(int64_t n);

bool put_off_poll(PutOff *q); /* as bound_poll */
int64_t put_off_bytes(const PutOff *q);

#endif
