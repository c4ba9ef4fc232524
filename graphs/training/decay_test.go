package training_test

import (
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestSepDecay compares the penalty with formulas.md 4 and its gradient, read
// off a step of plain SGD with rate 1, with differences of the loss.
func TestSepDecay(t *testing.T) {
	const lambda, lambdaH = 0.3, 0.2
	for _, normalised := range []bool{false, true} {
		net := load(t, "train/mlp_bn_sgd_ce/model.onnx", training.Options{})
		ce := training.Loss{Kind: training.CrossEntropy}
		decay := &training.SepDecay{WeightDecay: lambda, FeatureDecay: lambdaH, Normalised: normalised}
		plain := stepper(t, net, training.Objective{Loss: ce})
		step := stepper(t, net, training.Objective{Loss: ce, Decay: decay})

		penalty := step(nil)["loss"].F[0] - plain(nil)["loss"].F[0]
		weights := squares(net, "fc.weight") + squares(net, "fc.bias")
		features := (penalty - lambda/2*weights) / (lambdaH / 2)
		if rows := math.Round(features); normalised && (!(math.Abs(features-rows) <= 1e-5) || rows < 1 || rows > 32) {
			t.Errorf("the penalty of normalised features is %g, want their number", features)
		}
		if features <= 0 {
			t.Errorf("normalised %t: the penalty is %g, of which the weights are %g", normalised, penalty, lambda/2*weights)
		}
		if normalised { // a constant, however unevenly rounding makes it one
			continue
		}
		for _, p := range net.Parameters {
			at := p.Value.Len() / 2
			grad := p.Value.At(at) - step(nil)["next."+p.Name].F[at]
			const h = 1e-5
			up, down := p.Value.Floats(), p.Value.Floats()
			up[at] += h
			down[at] -= h
			want := (lossAt(step, p, up) - lossAt(step, p, down)) / (2 * h)
			if !(math.Abs(grad-want) <= 1e-6*max(1, math.Abs(want))) {
				t.Errorf("gradient of %s[%d] is %g, differences give %g", p.Name, at, grad, want)
			}
		}
	}
}

// TestSepDecayNormalisedHasNoGradient checks that normalised features change
// the loss only, as in the published code (formulas.md 7.6).
func TestSepDecayNormalisedHasNoGradient(t *testing.T) {
	net := load(t, "train/mlp_bn_sgd_ce/model.onnx", training.Options{})
	ce := training.Loss{Kind: training.CrossEntropy}
	with := stepper(t, net, training.Objective{Loss: ce, Decay: &training.SepDecay{WeightDecay: 0.3, FeatureDecay: 5, Normalised: true}})(nil)
	without := stepper(t, net, training.Objective{Loss: ce, Decay: &training.SepDecay{WeightDecay: 0.3}})(nil)
	for name, v := range without {
		if strings.HasPrefix(name, "next.") {
			compare(t, name, with[name], v.F, 0)
		}
	}
}

// stepper returns a function that runs a step of SGD with rate 1, without
// momentum, on the first batch of a golden case.
func stepper(t *testing.T, net *training.Net, o training.Objective) func(carried map[string]*eval.Value) map[string]*eval.Value {
	t.Helper()
	m, err := net.Step(o, training.Optimizer{Kind: training.SGD})
	if err != nil {
		t.Fatal(err)
	}
	const name = "train/mlp_bn_sgd_ce"
	rows := golden.NPY(t, name+"/batches.npy").Ints()[:32]
	batch := map[string]*eval.Value{
		net.Input: floats(take(golden.NPY(t, name+"/x.npy"), rows)),
		"label":   ints(take(golden.NPY(t, name+"/labels.npy"), rows)),
		"lr":      eval.Floats(nil, 1), "t": eval.Ints(nil, 1),
	}
	return func(carried map[string]*eval.Value) map[string]*eval.Value {
		feeds := maps.Clone(batch)
		maps.Copy(feeds, carried)
		out, err := eval.Run(m, feeds)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func lossAt(step func(map[string]*eval.Value) map[string]*eval.Value, p training.Parameter, values []float64) float64 {
	shape := make([]int, len(p.Value.Dims))
	for i, d := range p.Value.Dims {
		shape[i] = int(d)
	}
	return step(map[string]*eval.Value{p.Name: eval.Floats(shape, values...)})["loss"].F[0]
}

// squares is the sum of the squared elements of a parameter.
func squares(net *training.Net, name string) (sum float64) {
	for _, p := range net.Parameters {
		if p.Name == name {
			for _, v := range p.Value.Floats() {
				sum += v * v
			}
		}
	}
	return sum
}
