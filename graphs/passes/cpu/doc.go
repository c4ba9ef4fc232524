// Package cpu has what suits ONNX Runtime's CPU provider and nothing else: operators
// that it is slow at become such that it is fast at, and its plans of memory and of
// the order of nodes are helped along. It rewrites the graph of a step that has its
// gradients, for batches of one size; layouts are the business of package layout.
//
// # Invariants
//
// Those of package passes, but that SplitProducts has other outputs in place of
// some.
package cpu
