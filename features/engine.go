package features

import (
	"context"
	"fmt"
	"strings"

	"github.com/memdil/memdil/ort"
)

// Engine computes the features and logits of batches of inputs. It owns the
// memory that the inputs are written to, so that nothing is copied on the way:
// while one buffer is computed from, the other can be filled. Apart from that
// an Engine is for one goroutine at a time.
type Engine interface {
	// Input returns the shape of one sample.
	Input() []int64
	// Dim returns d, the length of a feature vector.
	Dim() int
	// Classes returns K, the number of logits.
	Classes() int
	// Batch returns the number of samples that a buffer holds.
	Batch() int
	// Buffer returns input buffer 0 or 1, one sample after the other, each
	// row-major. It is the same memory every time, until Close.
	Buffer(i int) []float32
	// Infer computes the first n samples of buffer i, 1 ≤ n ≤ Batch. The results,
	// n×d and n×K, row-major, are valid until the next call.
	Infer(i, n int) (features, logits []float32, err error)
	// Close frees the memory of the engine.
	Close() error
}

// EngineKind names an implementation of [Engine].
type EngineKind string

const (
	// ONNXRuntime is the runtime that also trains. It takes every model.
	ONNXRuntime EngineKind = "ort"
	// ONNXGo is onnx-go with Gorgonia, an independent engine in pure Go. It takes
	// the few operators that MLPs need, and is some ten times slower.
	ONNXGo EngineKind = "onnx-go"
)

var engineKinds = []EngineKind{ONNXRuntime, ONNXGo}

// ParseEngineKind returns the engine called name, in any case.
func ParseEngineKind(name string) (EngineKind, error) {
	for _, k := range engineKinds {
		if strings.EqualFold(name, string(k)) {
			return k, nil
		}
	}
	return "", fmt.Errorf("unknown engine %q: one of %s, %s", name, ONNXRuntime, ONNXGo)
}

// EngineOptions say how an [Engine] computes. The zero value is sound.
type EngineOptions struct {
	Threads int // threads of ONNX Runtime; 0 means all cores. onnx-go uses as many as it likes
	Batch   int // samples computed at once; 0 means 512. A model with a fixed batch keeps its own
	// Device is where ONNX Runtime computes, the CPU when it is zero.
	Device ort.Device
}

func (o EngineOptions) batch() int {
	if o.Batch == 0 {
		return 512
	}
	return o.Batch
}

// Outputs of a model that has features to export.
const (
	featuresOutput = "features"
	logitsOutput   = "logits"
)

// NewEngine prepares an inference graph: the .onnx file at path model with one
// float32 input N×… and the outputs features N×d and logits N×K. The caller
// closes the engine. ONNX Runtime is installed if need be, which ctx can stop.
// It panics on an unknown kind or a negative option.
func NewEngine(ctx context.Context, kind EngineKind, model string, o EngineOptions) (Engine, error) {
	if o.Threads < 0 || o.Batch < 0 {
		panic(fmt.Sprintf("features: negative engine option in %+v", o))
	}
	switch kind {
	case ONNXRuntime:
		return newORTEngine(ctx, model, o)
	case ONNXGo:
		return newONNXGoEngine(model, o)
	}
	panic(fmt.Sprintf("features: unknown engine %q", kind))
}
