// Package passes rewrites graphs without changing what they compute.
// docs/passes.md lists those of training loops, with what they gain.
//
// # Invariants
//
// A pass takes a model and returns a new one; the model given to it stays as
// it is. Inputs, outputs and their names are kept, and nodes stay in
// topological order. Passes recognise operators and shapes, never names.
package passes
