// Package passes rewrites graphs without changing what they compute. It has what
// passes are written with (Rewrite, RewriteKnown) and those that suit every
// engine; the folders below have the others:
//
//	upgrade    the form that models are read in
//	batchnorm  what BatchNormalization is made of
//	layout     how values lie in memory, convolutions as products of matrices
//	cpu, cuda  what suits one of ONNX Runtime's providers alone
//
// They import this package, and none of them another.
//
// # Invariants
//
// A pass takes a model and returns a new one; the model given to it stays as
// it is. Inputs, outputs and their names are kept, and nodes stay in
// topological order. Passes recognise operators and shapes, never names.
//
// Whoever derives a graph says which passes it goes through, in which order, and
// from which sizes on they pay there (graphs/training, train). Every pass is a row
// in the table of its package's random_test.go, which compares random graphs with
// what it makes of them.
package passes
