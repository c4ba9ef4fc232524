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
// Every operator of ONNX is decided: it has a rule or lets no gradient through
// (table.go), or is refused with a reason (refused.go). A rule emits operators
// that have float32 kernels on ONNX Runtime's CPU provider, and leaves the
// batch open; of other sizes it needs only those of convolution weights, and
// those from which padding follows (auto_pad with strides, output_shape).
//
// Forward nodes are not changed, but for optional outputs that a rule asks
// for (the moments of a LayerNormalization, the indices of a MaxPool).
package autodiff
