package training_test

import (
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestResetWeights draws every kind of parameter anew and compares mean,
// deviation and bounds with those of the distributions that ResetWeights
// documents.
func TestResetWeights(t *testing.T) {
	m := everyParameter(t)
	reset := func(seed uint64) map[string][]float32 {
		net, err := training.NewNet(m, training.Options{Freeze: []string{"frozen.*"}})
		if err != nil {
			t.Fatal(err)
		}
		net.ResetWeights(seed)
		values := map[string][]float32{}
		for _, i := range net.Model.Graph.Initializers {
			if i.Type == graphs.Float32 {
				values[i.Name] = i.Float32s()
			}
		}
		return values
	}
	got := reset(1)
	uniform := func(fanIn float64) [2]float64 { return [2]float64{1 / math.Sqrt(3*fanIn), 1 / math.Sqrt(fanIn)} }
	for name, want := range map[string][2]float64{ // deviation, largest magnitude
		"conv.weight":   {math.Sqrt(2. / (32 * 9)), 1},
		"linear.weight": uniform(512), "linear.bias": uniform(512),
		"product.weight": uniform(256), "product.bias": uniform(256),
		"token": {0.02, 0.2},
	} {
		mean, deviation, largest := moments(got[name])
		if n := math.Sqrt(float64(len(got[name]))); math.Abs(mean) > 5*want[0]/n || !(math.Abs(deviation/want[0]-1) <= 4/n) || largest > want[1] {
			t.Errorf("%s: mean %g, deviation %g, largest %g; want 0, %g, at most %g", name, mean, deviation, largest, want[0], want[1])
		}
	}
	for name, want := range map[string]float32{
		"conv.bias": 0, "bn.weight": 1, "bn.bias": 0, "bn.running_mean": 0, "bn.running_var": 1,
		"scale": 1, "shift": 0, "slope": 0.25,
		"frozen.weight": 7, "frozen.bias": 7, "frozen.running_mean": 7, "frozen.running_var": 7,
	} {
		if i := slices.IndexFunc(got[name], func(v float32) bool { return v != want }); i >= 0 || len(got[name]) == 0 {
			t.Errorf("%s: %v, want %v everywhere", name, got[name], want)
		}
	}
	if again, other := reset(1), reset(2); !slices.Equal(got["linear.weight"], again["linear.weight"]) || slices.Equal(got["linear.weight"], other["linear.weight"]) {
		t.Error("the weights are no function of the seed")
	}
}

// everyParameter returns a net with a parameter of every kind, all 7.
func everyParameter(t *testing.T) *graphs.Model {
	t.Helper()
	b := newBuilder(t)
	seven := func(name string, dims ...int64) string {
		n := int64(1)
		for _, d := range dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = 7
		}
		return b.Initializer(graphs.NewFloats(name, dims, values))
	}
	norm := func(x, name string) string {
		return b.Op("BatchNormalization", []string{x, seven(name+".weight", 32), seven(name+".bias", 32), seven(name+".running_mean", 32), seven(name+".running_var", 32)})
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(16), graphs.Known(4), graphs.Known(4)}})
	x = b.Op("Conv", []string{x, seven("conv.weight", 32, 16, 3, 3), seven("conv.bias", 32)}, graphs.Ints("pads", 1, 1, 1, 1))
	x = norm(norm(x, "bn"), "frozen")
	x = b.Op("PRelu", []string{x, seven("slope", 32, 1, 1)})
	x = b.Op("Flatten", []string{x}, graphs.Int("axis", 1))
	x = b.Op("Gemm", []string{x, seven("linear.weight", 256, 512), seven("linear.bias", 256)}, graphs.Int("transB", 1))
	x = b.Add(b.Mul(x, seven("scale", 256)), seven("shift", 256))
	x = b.Add(b.Op("Relu", []string{x}), seven("token", 1, 256))
	x = b.Add(b.MatMul(x, seven("product.weight", 256, 100)), seven("product.bias", 100))
	b.Output(b.Named("logits", "Identity", []string{x}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Model()
}

func moments(values []float32) (mean, deviation, largest float64) {
	for _, v := range values {
		mean += float64(v) / float64(len(values))
	}
	for _, v := range values {
		deviation += (float64(v) - mean) * (float64(v) - mean) / float64(len(values))
		largest = max(largest, math.Abs(float64(v)))
	}
	return mean, math.Sqrt(deviation), largest
}
