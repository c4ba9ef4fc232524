// Package training derives training graphs from forward graphs: the loss and
// its gradients (Gradient), one whole training step with its optimizer (Step),
// and the graph of a loop whose optimizer runs outside (Host). The results
// are models of standard ONNX operators that any ONNX runtime runs.
//
// # Invariants
//
// The model given is never changed. A derived graph keeps the name of the
// model's input and of every parameter; names inside the model that would
// clash with the graph's own ("label", "loss", "grad.…", …) are renamed.
package training
