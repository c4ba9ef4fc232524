package features

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// onnxGoEngine runs a model on onnx-go. Every batch is computed whole, however
// few of its samples are wanted.
type onnxGoEngine struct {
	net              *goNet
	dim, classes     int
	features, logits int // positions of these outputs
	buffers          [2][]float32
}

var _ Engine = (*onnxGoEngine)(nil)

func newONNXGoEngine(model string, o EngineOptions) (Engine, error) {
	m, err := graphs.Load(model)
	if err != nil {
		return nil, err
	}
	e := &onnxGoEngine{}
	if err := e.prepare(m, max(2, o.batch())); err != nil {
		return nil, fmt.Errorf("preparing %s: %w", model, err)
	}
	return e, nil
}

func (e *onnxGoEngine) prepare(m *graphs.Model, batch int) error {
	if err := onlyFeatures(m); err != nil {
		return err
	}
	var err error
	if e.net, err = newGoNet(m, batch); err != nil {
		return err
	}
	if e.features, e.dim, err = e.output(featuresOutput); err != nil {
		return err
	}
	if e.logits, e.classes, err = e.output(logitsOutput); err != nil {
		return err
	}
	for i := range e.buffers {
		e.buffers[i] = make([]float32, elements(e.net.input))
	}
	return nil
}

// onlyFeatures leaves a model no outputs but features and logits.
func onlyFeatures(m *graphs.Model) error {
	var kept []*graphs.Value
	for _, name := range []string{featuresOutput, logitsOutput} {
		v := m.Graph.Output(name)
		if v == nil {
			return noOutput(name, outputNames(m))
		}
		kept = append(kept, v)
	}
	m.Graph.Outputs = kept
	return nil
}

func outputNames(m *graphs.Model) []string {
	var names []string
	for _, v := range m.Graph.Outputs {
		names = append(names, v.Name)
	}
	return names
}

// output returns the position and the vectors' length of an output.
func (e *onnxGoEngine) output(name string) (position, width int, err error) {
	i := slices.IndexFunc(e.net.outputs, func(v *graphs.Value) bool { return v.Name == name })
	v := e.net.outputs[i]
	if s := v.Type.Shape; len(s) != 2 || s[0].Size != int64(e.Batch()) || s[1].Size < 1 {
		return 0, 0, fmt.Errorf("output %q, %v, is no batch of vectors", name, v.Type)
	}
	return i, int(v.Type.Shape[1].Size), nil
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func (e *onnxGoEngine) Input() []int64 {
	shape := make([]int64, len(e.net.input)-1)
	for i := range shape {
		shape[i] = int64(e.net.input[i+1])
	}
	return shape
}

func (e *onnxGoEngine) Dim() int               { return e.dim }
func (e *onnxGoEngine) Classes() int           { return e.classes }
func (e *onnxGoEngine) Batch() int             { return e.net.input[0] }
func (e *onnxGoEngine) Buffer(i int) []float32 { return e.buffers[i] }
func (e *onnxGoEngine) Close() error           { return nil }

func (e *onnxGoEngine) Infer(i, n int) (features, logits []float32, err error) {
	checkBatch(n, e.Batch())
	out, err := e.net.run(e.buffers[i])
	if err != nil {
		return nil, nil, err
	}
	return out[e.features][:n*e.dim], out[e.logits][:n*e.classes], nil
}
