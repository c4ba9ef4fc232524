// Package cuda has what suits ONNX Runtime's CUDA provider and nothing else. That
// fuses nothing: each operator is a kernel or a few, which reads its tensors from
// memory and writes its result there, so that fewer operators, with fewer elements,
// are what is gained. A step that is to be recorded must not wait for the CPU
// either, as some operators have it do.
//
// It rewrites the graph of a step that has its gradients and its update, for
// batches of one size; layouts are the business of package layout.
//
// # Invariants
//
// Those of package passes.
package cuda
