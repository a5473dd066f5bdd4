/* What the machine has. Looked up anew at each call; any thread. */
#ifndef LUNAPSE_BASE_MACHINE_H
#define LUNAPSE_BASE_MACHINE_H
#include <stdbool.h>
#include <stddef.h>

/* Bytes of memory that this process may use at most, and how many of them are free: of the machine, of the group of processes that it belongs to, of its
** own limit, whichever is least. False where nobody says. */
bool machine_memory(double *all, double *available);

/* A number of bytes as people read it, in steps of 1000: "312 B", "1.5 kB", "4 TB". */
void machine_bytes(double bytes, char *text, size_t size);

/* For messages: the number of bytes, and where it is large what there is: "4 TB; of 25.3 GB in this machine 24.1 GB are free". */
enum { MACHINE_NEED = 96 };
void machine_need(double bytes, char text[MACHINE_NEED]);

#endif
