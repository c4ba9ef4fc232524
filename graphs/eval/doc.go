// Package eval computes ONNX graphs in float64: a small, plain interpreter of
// the operators that memdil differentiates, folds and emits.
//
// It has two uses. As the oracle of the gradient tests it keeps every floating
// value in float64, whatever its declared type, so that central differences
// are accurate. As the engine of constant folding it computes one node at a
// time; Value.Tensor then rounds the results to their declared types.
//
// # Invariants
//
// Operators follow the ONNX standard, opset 18 and later; older forms that
// differ are refused. Inputs are never modified; a result may share its
// elements with an input. Integers are exact and wrap around as their declared
// type does; uint64 values from 2⁶³ on are held as negative numbers. A
// malformed graph, shape or value is an error that names the node, its
// operator and the types of its inputs, never a panic. Strings, sequences and
// random operators are refused, and tensors of more than 2²⁷ elements.
package eval
