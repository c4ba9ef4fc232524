// Package autodiff is reverse-mode differentiation of ONNX graphs: Gradients
// appends, to the graph that computes a scalar, the nodes that compute its
// gradient, again as standard ONNX operators.
//
// # Invariants
//
// The walk (gradients.go) visits nodes once, last to first. A rule sees one
// node and the gradients of its outputs and returns those of its inputs, as if
// nothing had been broadcast: summing over broadcast axes, checking shapes and
// element types and adding up contributions are done once, by the walk.
// Rules may compute what nobody asked for; passes.Prune removes it, and
// passes.Share merges what forward and backward pass have in common.
//
// Forward nodes are not changed, but for optional outputs that a rule asks
// for (the Mean and InvStdDev of a LayerNormalization).
package autodiff
