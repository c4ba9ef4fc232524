// Package train trains nets on ONNX Runtime. The host loop runs the graph of
// one step (forward and backward) once a batch and updates the parameters
// itself, in place: the runtime reads them where they lie and writes gradients
// into buffers of ours, so that nothing is copied between steps. It may run the
// graph on a batch piece by piece, and L-BFGS has it run as often as its line
// search asks. The device loop runs many steps at a time, optimizer included.
//
// # Invariants
//
// Every buffer the runtime sees lies off the Go heap, is owned by the Trainer
// until Close and is never rebound to other memory. All randomness is a pure
// function of (seed, epoch, index); a Checkpoint therefore holds tensors and a
// position, and training from it gives the same bits as training through it,
// at an equal number of threads on one machine.
package train
