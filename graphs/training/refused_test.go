package training_test

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestRefusals derives gradients from linear models that cannot be trained.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name    string
		elem    graphs.DType
		classes int64
		want    string
	}{
		{"weights in double precision", graphs.Float64, 3, `"w" holds double`},
		{"no classes", graphs.Float32, 0, `"logits" have shape [N, 0]`},
		{"one class", graphs.Float32, 1, `"logits" have shape [N, 1]: one output, with a sigmoid`},
	} {
		b, err := graphs.NewBuilder(graphs.NewModel("linear", 18))
		if err != nil {
			t.Fatal(err)
		}
		b.Input("x", graphs.Type{Elem: c.elem, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
		b.Initializer(graphs.NewTensor("w", c.elem, []int64{2, c.classes}, make([]float64, 2*c.classes)))
		b.Output(b.Named("logits", "MatMul", []string{"x", "w"}))
		net, err := training.NewNet(b.Model(), training.Options{})
		if err == nil {
			_, err = net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}
