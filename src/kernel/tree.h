/* A step of quantities that flow along the branches of trees: the linear system of a cable with branches, one tree for each element. See program.h.
**
** A tree has *places*, which hold a quantity, and *joints*, which hold none and where branches meet; both are nodes. Node 0 is the root, the parent of every other
** stands before it. What a place loses by itself and by its neighbours in a step is
**
**     diagonal x - theta sum_j g_j (x_j - x) = flow + sum_j g_j (v_j - v),     v += x
**
** where j are its neighbours; in a joint diagonal and flow are 0. The matrix is symmetric and has the shape of the tree, so elimination from the leaves to the root and back
** takes one operation for each branch (Hines 1984). Theta 1 is the backward Euler method, 1/2 that of Crank and Nicolson.
** Element c of place k is number k * cells + c of its arrays: neighbouring elements are trees, and go through the sweep together. */
#ifndef LUNAPSE_KERNEL_TREE_H
#define LUNAPSE_KERNEL_TREE_H
#include "kernel/code.h"
#include "kernel/kernel.h"

/* Like linear_prepare, which calls it for LINEAR_TREE. */
bool tree_prepare(Program *p, Linear *s, const LinearDescription *d, Error *e);
KernelFunction tree_function(const Program *p);

#endif
