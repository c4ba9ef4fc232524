package training_test

import (
	"math"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestLabelRelaxationAtItsCut pins value and gradient of label relaxation
// around p_y = 1 − α, and where a probability over- or underflows. The
// gradient by the logits is p − q with q_y = 1 − α inside, 0 beyond.
func TestLabelRelaxationAtItsCut(t *testing.T) {
	const alpha = 0.25
	cut := math.Log((1 - alpha) / alpha) // the logit of p_y = 1 − α
	for _, test := range []struct{ logit, loss, grad float64 }{
		{cut + 1, 0, 0},
		{cut + 1e-4, 0, 0},
		{cut - 1e-4, 0, sigmoid(cut-1e-4) - (1 - alpha)},
		{0, (1-alpha)*math.Log((1-alpha)/0.5) + alpha*math.Log(alpha/0.5), 0.5 - (1 - alpha)},
		{1000, 0, 0},
		{-1000, (1-alpha)*(math.Log(1-alpha)+1000) + alpha*math.Log(alpha), -(1 - alpha)},
	} {
		loss, grad := relax(t, alpha, test.logit)
		if !(math.Abs(loss-test.loss) <= 1e-7*(1+math.Abs(test.loss))) {
			t.Errorf("loss at logit %v is %v, want %v", test.logit, loss, test.loss)
		}
		if !(math.Abs(grad-test.grad) <= 1e-6) {
			t.Errorf("gradient at logit %v is %v, want %v", test.logit, grad, test.grad)
		}
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// relax returns the loss of the logits [logit, 0] with label 0, and its
// derivative by the first, which is that by a bias.
func relax(t *testing.T, alpha, logit float64) (loss, grad float64) {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("two logits", 18))
	if err != nil {
		t.Fatal(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	bias := b.Initializer(graphs.NewFloats("bias", []int64{2}, []float32{0.5, -0.5}))
	unit := b.Initializer(graphs.NewFloats("unit", []int64{2, 2}, []float32{1, 0, 0, 1}))
	b.Output(b.Op("Gemm", []string{x, unit, bias}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.LabelRelaxation, Alpha: alpha}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := eval.Run(m, map[string]*eval.Value{
		"x": eval.Floats([]int{1, 2}, logit-0.5, 0.5), "label": eval.Ints([]int{1}, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out["loss"].F[0], out["grad.bias"].F[0]
}
