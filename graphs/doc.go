// Package graphs is memdil's representation of ONNX models: reading and
// writing .onnx files (external data included), types with symbolic
// dimensions, shape inference, checking, a readable text form, and a builder
// that appends typed nodes.
//
// # Invariants
//
// A Model is plain data. Functions of this package never modify a model given
// to them unless their name says so (Builder appends, passes rewrite); Clone
// gives an independent copy. Within a Graph every value has one name and one
// producer: an input, an initializer or a node's output; the empty name means
// "left out". Nodes are in topological order after Load and after every pass.
//
// Subpackages: eval computes graphs in float64, autodiff derives gradients,
// training builds losses, optimizers and step graphs, passes rewrites graphs,
// zoo builds models.
package graphs
