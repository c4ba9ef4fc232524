// Package batchnorm spells BatchNormalization out for differentiation, and puts
// it together again, with its gradients, in as few operators and passes over
// memory as an engine has for it.
//
// The values that both halves know are those of a standardisation, as
// [graphs.Builder.Moments] and [graphs.Builder.InvStdDev] write them:
//
//	mean   centred = x − mean   variance   inv = 1/√(variance + ε)   x̂ = centred·inv
//
// Whoever computes them, as LayerNormalization and users' own norms do, gains
// alike.
//
// # Invariants
//
// Those of package passes. Variances are never a difference of large numbers:
// what comes out is as exact as float32 allows, for whatever mean.
package batchnorm
