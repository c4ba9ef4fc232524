package training

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
)

// SepDecay is the penalty that takes the place of the optimizer's weight
// decay (Zhu et al., NeurIPS 2021, layer-peeled model; formulas.md 4):
//
//	λ/2·(‖W‖² + ‖b‖²) + λ_H/2·Σ_i ‖h_i‖²
//
// over the classifier W, b and the features h of the batch (summed, not
// averaged).
type SepDecay struct {
	WeightDecay  float64 // λ
	FeatureDecay float64 // λ_H
	// Normalised penalises h/‖h‖, as the published code does: a constant
	// without gradient.
	Normalised bool
}

// penalty appends the penalty. The first result is what gradients flow
// through, the second the rest; "" when there is none.
func (d SepDecay) penalty(b *graphs.Builder, net *Net) (differentiable, rest string) {
	if net.Classifier.Input == "" {
		b.Failf("separate decay needs a last linear layer, and none leads to the logits %q", net.Logits)
		return "", ""
	}
	squares := b.Op("ReduceSumSquare", []string{net.Classifier.Weight}, graphs.Int("keepdims", 0))
	if net.Classifier.Bias != "" {
		squares = b.Add(squares, b.Op("ReduceSumSquare", []string{net.Classifier.Bias}, graphs.Int("keepdims", 0)))
	}
	differentiable = b.Scale(squares, d.WeightDecay/2)
	features := d.features(b, net.Features)
	if d.Normalised {
		return differentiable, features
	}
	return b.Add(differentiable, features), ""
}

func (d SepDecay) features(b *graphs.Builder, h string) string {
	if d.Normalised {
		h = rows(b, h)
		norm := b.Sqrt(b.ReduceSum(b.Square(h), true, 1))
		h = b.Div(h, b.Op("Max", []string{norm, b.Like(h, 1e-12)}))
	}
	sum := b.Op("ReduceSumSquare", []string{h}, graphs.Int("keepdims", 0))
	return b.Scale(sum, d.FeatureDecay/2)
}

// Check reports rates that make no sense.
func (d SepDecay) Check() error {
	for _, rate := range []float64{d.WeightDecay, d.FeatureDecay} {
		if !(rate >= 0) || math.IsInf(rate, 1) {
			return fmt.Errorf("decay rates must be 0 or positive numbers, not %g", rate)
		}
	}
	return nil
}
