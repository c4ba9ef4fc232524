package features

import (
	"context"
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/random"
)

// Comparison is how far two engines are apart on a model.
type Comparison struct {
	Samples int // in the batch that both computed
	Outputs []OutputDifference
}

// OutputDifference compares one output of a model as two engines compute it.
type OutputDifference struct {
	Name       string
	MaxAbsDiff float64 // the largest |a − b|; +Inf where just one value is NaN, or one infinite
	MaxAbs     float64 // the largest magnitude that ONNX Runtime gives, for scale
}

// comparedBatch is the batch of models that have none of their own.
const comparedBatch = 16

// CompareEngines runs a model on ONNX Runtime and on onnx-go, on one batch of
// standard normal numbers that the seed determines, and compares all outputs.
// The .onnx file at path may have any outputs and one float32 input N×…. An
// [UnsupportedError] says that onnx-go cannot take the model.
func CompareEngines(ctx context.Context, path string, seed uint64) (Comparison, error) {
	m, err := graphs.Load(path)
	if err != nil {
		return Comparison{}, err
	}
	net, err := newGoNet(m, comparedBatch)
	if err != nil {
		return Comparison{}, fmt.Errorf("%s: %w", path, err)
	}
	x := make([]float32, elements(net.input))
	draw := random.New(seed, random.Init, 0)
	for i := range x {
		x[i] = float32(draw.Normal(uint64(i)))
	}
	second, err := net.run(x)
	if err != nil {
		return Comparison{}, fmt.Errorf("%s: %w", path, err)
	}
	first, err := runORT(ctx, path, net, x)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Samples: net.input[0]}
	for i, v := range net.outputs {
		d, err := compareOutput(v.Name, first[i], second[i])
		if err != nil {
			return Comparison{}, fmt.Errorf("%s: %w", path, err)
		}
		c.Outputs = append(c.Outputs, d)
	}
	return c, nil
}

// runORT computes the outputs of net from the original model.
func runORT(ctx context.Context, path string, net *goNet, x []float32) ([][]float32, error) {
	rt, err := ort.Load(ctx)
	if err != nil {
		return nil, err
	}
	session, err := rt.NewSessionFromFile(path, ort.SessionOptions{Name: path})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }() // it holds memory only
	var shape []int64
	for _, d := range net.input {
		shape = append(shape, int64(d))
	}
	in, err := ort.NewBuffer(ort.Float32, shape...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // always nil
	copy(in.Float32s(), x)
	results, err := session.Run(map[string]*ort.Buffer{net.inputName: in}, nil)
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(net.outputs))
	for i, v := range net.outputs {
		out[i] = append(out[i], results[v.Name].Float32s()...)
	}
	for _, b := range results {
		_ = b.Close() // always nil
	}
	return out, nil
}

func compareOutput(name string, a, b []float32) (OutputDifference, error) {
	if len(a) != len(b) {
		return OutputDifference{}, fmt.Errorf("output %q has %d elements on ONNX Runtime and %d on onnx-go", name, len(a), len(b))
	}
	d := OutputDifference{Name: name}
	for i := range a {
		d.MaxAbsDiff = max(d.MaxAbsDiff, difference(float64(a[i]), float64(b[i])))
		if !math.IsNaN(float64(a[i])) {
			d.MaxAbs = max(d.MaxAbs, math.Abs(float64(a[i])))
		}
	}
	return d, nil
}

// difference is |a − b|, where NaN equals NaN and nothing else.
func difference(a, b float64) float64 {
	switch {
	case a == b, math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a), math.IsNaN(b):
		return math.Inf(1)
	}
	return math.Abs(a - b)
}
