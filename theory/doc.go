// Package theory states and solves the two optimisation problems by which
// memdil explains what its runs measure: the layer-peeled model with features
// that are not negative, [LayerPeeled], and a model of memorization and
// dilation under label noise, [MemorizationDilation]. docs/theory.md has the
// assumptions, the proofs and what came out.
//
// Both problems are stated in the package's own words, in the spirit of Nguyen
// et al., "Memorization-Dilation: Modeling Neural Collapse Under Label Noise"
// (ICLR 2023), of which only title, abstract and the first lines of the
// introduction were read: no equation here is one of the paper's.
//
// # How they are solved
//
// A variable v ≥ 0 is written as x², which leaves a smooth problem without
// constraints for L-BFGS with analytic gradients; where x = 0 is a minimum to
// second order, v = 0 satisfies the conditions of Karush, Kuhn and Tucker.
// Every problem is solved from several starts drawn by package random, and the
// residual of these conditions is part of the result.
//
// # Invariants
//
// Problems are plain values that are not changed by solving them, and may be
// solved from any number of goroutines. The same problem gives the same bits.
package theory
