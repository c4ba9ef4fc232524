package passes_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// batchNorm builds BatchNormalization of x with its gradients, as a training
// step spells them out, and makes all of it outputs.
func batchNorm(t *testing.T, shape graphs.Shape, epsilon float64) *graphs.Builder {
	t.Helper()
	b := builder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: shape})
	v := b.Input("v", graphs.Type{Elem: graphs.Float32, Shape: shape})
	channels := make(graphs.Shape, len(shape))
	for i := range channels {
		channels[i] = graphs.Known(1)
	}
	channels[1] = shape[1]
	scale := b.Input("scale", graphs.Type{Elem: graphs.Float32, Shape: channels})
	shift := b.Input("shift", graphs.Type{Elem: graphs.Float32, Shape: channels})

	axes := b.BatchAxes(x)
	mean, centred, variance := b.Moments(x, axes...)
	inv := b.InvStdDev(variance, epsilon)
	xhat := b.Mul(centred, inv)
	y := b.Add(b.Mul(scale, xhat), shift)
	meanV, meanVX := b.ReduceMean(v, true, axes...), b.ReduceMean(b.Mul(v, xhat), true, axes...)
	dx := b.Mul(b.Mul(scale, inv), b.Sub(b.Sub(v, meanV), b.Mul(xhat, meanVX)))
	for name, value := range map[string]string{
		"mean": mean, "variance": variance, "y": y, "dx": dx,
		"dscale": meanVX, "dshift": meanV, // but for their number
		"total": b.ReduceSum(b.Mul(v, xhat), true, axes...),
	} {
		b.Output(b.Named(name, "Identity", []string{value}))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b
}

// devicePasses are those of the device loop that touch BatchNormalization, for
// planes of at least so many elements.
func devicePasses(least int64) func(m *graphs.Model) (*graphs.Model, error) {
	return func(m *graphs.Model) (*graphs.Model, error) {
		for _, pass := range []func(*graphs.Model) (*graphs.Model, error){
			passes.Simplify, passes.Standardise,
			func(m *graphs.Model) (*graphs.Model, error) { return passes.Planes(m, passes.Large{Plane: least}) },
			func(m *graphs.Model) (*graphs.Model, error) { return passes.Affines(m, passes.Large{Plane: least}) },
			passes.SplitReductions, all["Share"],
		} {
			var err error
			if m, err = pass(m); err != nil {
				return nil, err
			}
		}
		return passes.Prune(m), nil
	}
}

// planesCases are inputs of a BatchNormalization.
var planesCases = []struct {
	name  string
	shape []int
	at    func(sample, channel, place int) float64
	norms int // LayerNormalizations with planes of at least 16
}{
	{"images", []int{3, 2, 4, 5}, wavy(0, 1), 1},
	{"signals", []int{3, 2, 16}, wavy(0, 1), 1},
	{"volumes", []int{2, 3, 2, 2, 4}, wavy(0, 1), 1},
	{"one sample", []int{1, 3, 4, 4}, wavy(0, 1), 1},
	{"one channel", []int{5, 1, 4, 4}, wavy(0, 1), 1},
	{"a large mean", []int{4, 2, 8, 8}, wavy(100, 1), 1},
	{"small numbers", []int{4, 2, 8, 8}, wavy(1e-3, 1e-3), 1},
	{"constant planes", []int{4, 2, 4, 4}, func(s, c, _ int) float64 { return math.Sin(float64(5*s + c)) }, 1},
	{"a constant channel", []int{4, 2, 4, 4}, func(s, c, p int) float64 { return 3 + float64(c)*wavy(0, 1)(s, c, p) }, 1},
	{"small planes", []int{8, 2, 3, 5}, wavy(0, 1), 0},
	{"two samples of one element", []int{2, 4, 1, 1}, wavy(0, 1), 0},
}

// wavy are numbers of that mean and spread.
func wavy(mean, spread float64) func(sample, channel, place int) float64 {
	return func(s, c, p int) float64 {
		i := float64(s*7919 + c*104729 + p)
		return mean + 1.4*spread*math.Sin(i*i+1)
	}
}

// tensor returns a tensor N×C×… of numbers for each place.
func tensor(shape []int, at func(sample, channel, place int) float64) *eval.Value {
	size := 1
	for _, d := range shape[2:] {
		size *= d
	}
	var values []float64
	for s := range shape[0] {
		for c := range shape[1] {
			for p := range size {
				values = append(values, float64(float32(at(s, c, p))))
			}
		}
	}
	return eval.Floats(shape, values...)
}

// planesFeeds returns the inputs of batchNorm, and their shape.
func planesFeeds(shape []int, at func(sample, channel, place int) float64) (map[string]*eval.Value, graphs.Shape) {
	known := make(graphs.Shape, len(shape))
	per := make([]int, len(shape))
	for i, d := range shape {
		known[i], per[i] = graphs.Known(int64(d)), 1
	}
	per[1] = shape[1]
	return map[string]*eval.Value{
		"x": tensor(shape, at), "v": tensor(shape, func(s, c, p int) float64 { return wavy(0.2, 1)(c, s+1, p) }), "scale": tensor(per, wavy(1, 0.3)), "shift": tensor(per, wavy(0, 1)),
	}, known
}

// TestPlanes compares BatchNormalization and its gradients, before and after,
// in float64 with the interpreter.
func TestPlanes(t *testing.T) {
	for _, c := range planesCases {
		t.Run(c.name, func(t *testing.T) {
			in, shape := planesFeeds(c.shape, c.at)
			b := batchNorm(t, shape, 1e-5)
			m := passed(t, b, devicePasses(16))
			if got := count(m, "LayerNormalization"); got != c.norms {
				t.Errorf("%d LayerNormalization, want %d", got, c.norms)
			}
			want, got := results(t, b.Model(), m, in)
			for name, w := range want {
				compareValues(t, name, got[name].F, w.F, 1e-7)
			}
		})
	}
}

// TestPlanesOnRuntime runs what comes out on ONNX Runtime, in float32: nothing
// of the variance may be lost that float32 has.
func TestPlanesOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for _, c := range planesCases {
		t.Run(c.name, func(t *testing.T) {
			in, shape := planesFeeds(c.shape, c.at)
			b := batchNorm(t, shape, 1e-5)
			want, err := eval.Run(b.Model(), in)
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range onRuntime(t, r, passed(t, b, devicePasses(16)), in) {
				compareValues(t, name, got, want[name].F, 3e-5)
			}
		})
	}
}

// compareModels compares what two models compute of the same inputs.
func compareModels(t *testing.T, what string, m, n *graphs.Model, in map[string]*eval.Value, tolerance float64) {
	t.Helper()
	want, got := results(t, m, n, in)
	for name, w := range want {
		if !slices.Equal(got[name].Shape, w.Shape) {
			t.Fatalf("%s of %s has the shape %v, want %v", name, what, got[name].Shape, w.Shape)
		}
		compareValues(t, name+" of "+what, got[name].F, w.F, tolerance)
	}
}

// compareValues allows an error relative to the largest value, to 0.1 at
// least.
func compareValues(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d elements, want %d", name, len(got), len(want))
	}
	largest, off := 0.1, 0.0
	for i, w := range want {
		largest = max(largest, math.Abs(w))
		off = max(off, math.Abs(got[i]-w))
	}
	if !(off <= tolerance*largest) {
		t.Errorf("%s differs by %g of up to %g", name, off, largest)
	}
}

// onRuntime runs a model on ONNX Runtime.
func onRuntime(t *testing.T, r *ort.Runtime, m *graphs.Model, in map[string]*eval.Value) map[string][]float64 {
	t.Helper()
	got := map[string][]float64{}
	for name, o := range orttest.Run(t, r, m, in) {
		for _, x := range o.Float32s() {
			got[name] = append(got[name], float64(x))
		}
	}
	return got
}

// TestPlanesLeave leaves a batch of unknown size, and a standardisation without
// ε, which has no value for a constant plane, though it has for the channel.
func TestPlanesLeave(t *testing.T) {
	for _, test := range []struct {
		batch   graphs.Dim
		epsilon float64
		norms   int
	}{{graphs.Known(3), 1e-5, 1}, {graphs.Symbolic("N"), 1e-5, 0}, {graphs.Known(3), 0, 0}} {
		b := batchNorm(t, graphs.Shape{test.batch, graphs.Known(2), graphs.Known(4), graphs.Known(4)}, test.epsilon)
		if got := count(passed(t, b, devicePasses(16)), "LayerNormalization"); got != test.norms {
			t.Errorf("%v, ε %g: %d LayerNormalization, want %d", test.batch, test.epsilon, got, test.norms)
		}
	}
}

// TestPlanesSaveMemoryTraffic counts how often a BatchNormalization reads or
// writes a whole tensor, forward and backward.
func TestPlanesSaveMemoryTraffic(t *testing.T) {
	shape := graphs.Shape{graphs.Known(8), graphs.Known(4), graphs.Known(8), graphs.Known(8)}
	for _, test := range []struct {
		name              string
		pass              func(*graphs.Model) (*graphs.Model, error)
		forward, backward int
	}{
		{"spelt out", passes.SplitReductions, 12, 14},
		{"small planes", devicePasses(1000), 12, 14},
		{"planes", devicePasses(16), 4, 12},
	} {
		b := batchNorm(t, shape, 1e-5)
		m := passed(t, b, test.pass)
		m.Graph.Outputs = m.Graph.Outputs[:0]
		for _, name := range []string{"mean", "variance", "y"} {
			m.Graph.Outputs = append(m.Graph.Outputs, &graphs.Value{Name: name})
		}
		forward := traffic(t, passes.Prune(m), shape)
		for _, name := range []string{"dx", "dscale", "dshift"} {
			m.Graph.Outputs = append(m.Graph.Outputs, &graphs.Value{Name: name})
		}
		if both := traffic(t, passes.Prune(m), shape); forward != test.forward || both != test.forward+test.backward {
			t.Errorf("%s: a tensor is read or written %d times forward, %d backward, want %d, %d", test.name, forward, both-forward, test.forward, test.backward)
		}
	}
}

// traffic counts the reads and writes of values of a shape.
func traffic(t *testing.T, m *graphs.Model, shape graphs.Shape) (n int) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range m.Graph.Nodes {
		seen := map[string]bool{}
		for _, name := range append(append([]string{}, node.Inputs...), node.Outputs...) {
			if node.Op != "Identity" && !seen[name] && infos[name].Shape.Equals(shape) {
				n++
			}
			seen[name] = true
		}
	}
	return n
}
