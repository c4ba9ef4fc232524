package batchnorm_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/graphs/passes/cuda"
	"github.com/memdil/memdil/ort/orttest"
)

// batchNorm builds BatchNormalization of x with its gradients, as a training
// step spells them out, and makes all of it outputs.
func batchNorm(t *testing.T, shape graphs.Shape, epsilon float64) *graphs.Builder {
	t.Helper()
	b := passtest.Builder(t)
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
func devicePasses(least int64) passtest.Pass {
	return passtest.InTurn(passes.Simplify, batchnorm.Standardise,
		func(m *graphs.Model) (*graphs.Model, error) {
			return batchnorm.Planes(m, batchnorm.Large{Plane: least})
		},
		func(m *graphs.Model) (*graphs.Model, error) {
			return batchnorm.Affines(m, batchnorm.Large{Plane: least})
		},
		cuda.SplitReductions, passtest.Share, passtest.Prune)
}

// planesCases are inputs of a BatchNormalization.
var planesCases = []struct {
	name  string
	shape []int
	at    func(sample, channel, place int) float64
	norms int // LayerNormalizations with planes of at least 16
}{
	{"images", []int{3, 2, 4, 5}, passtest.Wavy(0, 1), 1},
	{"signals", []int{3, 2, 16}, passtest.Wavy(0, 1), 1},
	{"volumes", []int{2, 3, 2, 2, 4}, passtest.Wavy(0, 1), 1},
	{"one sample", []int{1, 3, 4, 4}, passtest.Wavy(0, 1), 1},
	{"one channel", []int{5, 1, 4, 4}, passtest.Wavy(0, 1), 1},
	{"a large mean", []int{4, 2, 8, 8}, passtest.Wavy(100, 1), 1},
	{"small numbers", []int{4, 2, 8, 8}, passtest.Wavy(1e-3, 1e-3), 1},
	{"constant planes", []int{4, 2, 4, 4}, func(s, c, _ int) float64 { return math.Sin(float64(5*s + c)) }, 1},
	{"a constant channel", []int{4, 2, 4, 4}, func(s, c, p int) float64 { return 3 + float64(c)*passtest.Wavy(0, 1)(s, c, p) }, 1},
	{"small planes", []int{8, 2, 3, 5}, passtest.Wavy(0, 1), 0},
	{"two samples of one element", []int{2, 4, 1, 1}, passtest.Wavy(0, 1), 0},
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
		"x": passtest.Planes(shape, at), "v": passtest.Planes(shape, func(s, c, p int) float64 { return passtest.Wavy(0.2, 1)(c, s+1, p) }), "scale": passtest.Planes(per, passtest.Wavy(1, 0.3)), "shift": passtest.Planes(per, passtest.Wavy(0, 1)),
	}, known
}

// TestPlanes compares BatchNormalization and its gradients, before and after,
// in float64 with the interpreter.
func TestPlanes(t *testing.T) {
	for _, c := range planesCases {
		t.Run(c.name, func(t *testing.T) {
			in, shape := planesFeeds(c.shape, c.at)
			b := batchNorm(t, shape, 1e-5)
			m := passtest.Passed(t, b, devicePasses(16))
			if got := passtest.Count(m, "LayerNormalization"); got != c.norms {
				t.Errorf("%d LayerNormalization, want %d", got, c.norms)
			}
			want, got := passtest.Results(t, b.Model(), m, in)
			for name, w := range want {
				passtest.CloseValues(t, name, got[name].F, w.F, 1e-7)
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
			for name, got := range orttest.Floats(t, r, passtest.Passed(t, b, devicePasses(16)), in) {
				passtest.CloseValues(t, name, got, want[name].F, 3e-5)
			}
		})
	}
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
		if got := passtest.Count(passtest.Passed(t, b, devicePasses(16)), "LayerNormalization"); got != test.norms {
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
		pass              passtest.Pass
		forward, backward int
	}{
		{"spelt out", cuda.SplitReductions, 12, 14},
		{"small planes", devicePasses(1000), 12, 14},
		{"planes", devicePasses(16), 4, 12},
	} {
		b := batchNorm(t, shape, 1e-5)
		m := passtest.Passed(t, b, test.pass)
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
