package features

import (
	"context"
	"fmt"
	"slices"

	"github.com/memdil/memdil/ort"
)

// ortEngine runs a model on ONNX Runtime.
type ortEngine struct {
	session      *ort.Session
	input        ort.IO
	dim, classes int
	batch        int
	full         [2]*ortBatch // batch samples each
	rest         *ortBatch    // the last smaller batch, nil before there was one
}

var _ Engine = (*ortEngine)(nil)

// ortBatch is a session bound to the memory of n samples.
type ortBatch struct {
	n                   int
	x, features, logits *ort.Buffer
	binding             *ort.Binding
}

func newORTEngine(ctx context.Context, model string, o EngineOptions) (Engine, error) {
	rt, err := ort.LoadFor(ctx, o.Device)
	if err != nil {
		return nil, err
	}
	session, err := rt.NewSessionFromFile(model, ort.SessionOptions{Threads: o.Threads, Device: o.Device, Name: model})
	if err != nil {
		return nil, err
	}
	e := &ortEngine{session: session, batch: o.batch()}
	if err := e.prepare(); err != nil {
		_ = e.Close() // always nil
		return nil, fmt.Errorf("preparing %s: %w", model, err)
	}
	return e, nil
}

// prepare reads the model's signature and binds both buffers.
func (e *ortEngine) prepare() error {
	if err := e.readInput(); err != nil {
		return err
	}
	var err error
	if e.dim, err = e.outputWidth(featuresOutput); err != nil {
		return err
	}
	if e.classes, err = e.outputWidth(logitsOutput); err != nil {
		return err
	}
	for i := range e.full {
		if e.full[i], err = e.newBatch(e.batch); err != nil {
			return err
		}
	}
	return nil
}

func (e *ortEngine) readInput() error {
	inputs := slices.DeleteFunc(e.session.Inputs(), func(io ort.IO) bool { return io.Default })
	if len(inputs) != 1 {
		return fmt.Errorf("the model has %d inputs %v; an inference graph has one", len(inputs), inputs)
	}
	e.input = inputs[0]
	if e.input.DType != ort.Float32 || len(e.input.Shape) == 0 {
		return fmt.Errorf("input %v is no batch of float32 samples", e.input)
	}
	if slices.Contains(e.input.Shape[1:], -1) {
		return fmt.Errorf("the sample size of input %v is open; fix all dimensions but the first in the model", e.input)
	}
	if fixed := e.input.Shape[0]; fixed > 0 {
		e.batch = int(fixed)
	}
	return nil
}

// outputWidth returns the length of an output's vectors.
func (e *ortEngine) outputWidth(name string) (int, error) {
	outputs := e.session.Outputs()
	i := slices.IndexFunc(outputs, func(io ort.IO) bool { return io.Name == name })
	if i < 0 {
		return 0, noOutput(name, outputs)
	}
	io := outputs[i]
	if io.DType != ort.Float32 || len(io.Shape) != 2 || io.Shape[1] < 1 {
		return 0, fmt.Errorf("output %v is no batch of float32 vectors of a known length", io)
	}
	return int(io.Shape[1]), nil
}

// noOutput says which output is missing and which there are.
func noOutput[T any](name string, outputs []T) error {
	return fmt.Errorf("the model has no output %q, only %v; make the input of its last linear layer the output %q and what that layer gives the output %q",
		name, outputs, featuresOutput, logitsOutput)
}

// newBatch binds the session to buffers for n samples.
func (e *ortEngine) newBatch(n int) (_ *ortBatch, err error) {
	b := &ortBatch{n: n}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.x, err = ort.NewBuffer(ort.Float32, append([]int64{int64(n)}, e.Input()...)...); err != nil {
		return nil, err
	}
	if b.features, err = ort.NewBuffer(ort.Float32, int64(n), int64(e.dim)); err != nil {
		return nil, err
	}
	if b.logits, err = ort.NewBuffer(ort.Float32, int64(n), int64(e.classes)); err != nil {
		return nil, err
	}
	b.binding, err = e.session.Bind(map[string]*ort.Buffer{e.input.Name: b.x},
		map[string]*ort.Buffer{featuresOutput: b.features, logitsOutput: b.logits})
	return b, err
}

func (e *ortEngine) Input() []int64         { return slices.Clone(e.input.Shape[1:]) }
func (e *ortEngine) Dim() int               { return e.dim }
func (e *ortEngine) Classes() int           { return e.classes }
func (e *ortEngine) Batch() int             { return e.batch }
func (e *ortEngine) Buffer(i int) []float32 { return e.full[i].x.Float32s() }

func (e *ortEngine) Infer(i, n int) (features, logits []float32, err error) {
	checkBatch(n, e.batch)
	b := e.full[i]
	if n < e.batch && e.input.Shape[0] < 0 {
		if b, err = e.smaller(i, n); err != nil {
			return nil, nil, err
		}
	}
	if err := b.binding.Run(); err != nil {
		return nil, nil, err
	}
	return b.features.Float32s()[:n*e.dim], b.logits.Float32s()[:n*e.classes], nil
}

// smaller returns a batch of n samples, copied from buffer i.
func (e *ortEngine) smaller(i, n int) (*ortBatch, error) {
	if e.rest == nil || e.rest.n != n {
		b, err := e.newBatch(n)
		if err != nil {
			return nil, err
		}
		e.rest.close()
		e.rest = b
	}
	copy(e.rest.x.Float32s(), e.Buffer(i))
	return e.rest, nil
}

func (e *ortEngine) Close() error {
	for _, b := range append(e.full[:], e.rest) {
		b.close()
	}
	return e.session.Close()
}

func (b *ortBatch) close() {
	if b == nil {
		return
	}
	if b.binding != nil {
		b.binding.Close()
	}
	for _, buffer := range []*ort.Buffer{b.x, b.features, b.logits} {
		if buffer != nil {
			_ = buffer.Close() // always nil
		}
	}
}

// checkBatch panics on a batch that no buffer can hold.
func checkBatch(n, batch int) {
	if n < 1 || n > batch {
		panic(fmt.Sprintf("features: %d samples in a buffer for %d", n, batch))
	}
}
