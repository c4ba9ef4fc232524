package training_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// TestWarnings reads models that can be trained, but hardly as was meant.
func TestWarnings(t *testing.T) {
	const (
		probabilities = `the output "out" holds probabilities, from Softmax node "out"`
		cut           = `no gradient reaches "v", so training will not change it: none comes back through Round node "h"; export the model without that operator, or --freeze`
	)
	for _, c := range []struct {
		name, between, last string
		opts                training.Options
		want                string
	}{
		{"as it should be", "Relu", "Identity", training.Options{}, ""},
		{"exported to be served", "Relu", "Softmax", training.Options{}, probabilities},
		{"whose softmax is left out", "Relu", "Softmax", training.Options{Logits: "scores"}, ""},
		{"of log-probabilities", "Relu", "LogSoftmax", training.Options{}, ""},
		{"quantised", "Round", "Identity", training.Options{}, cut},
		{"quantised and frozen", "Round", "Identity", training.Options{Freeze: []string{"v"}}, ""},
		{"quantised, its head chosen", "Round", "Identity", training.Options{Params: []string{"w"}}, ""},
	} {
		b, err := graphs.NewBuilder(graphs.NewModel("two layers", 18))
		if err != nil {
			t.Fatal(err)
		}
		b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
		for _, name := range []string{"v", "w"} {
			b.Initializer(graphs.NewTensor(name, graphs.Float32, []int64{2, 2}, []float64{1, 2, 3, 5}))
		}
		h := b.Named("h", c.between, []string{b.MatMul("x", "v")})
		b.Output(b.Named("out", c.last, []string{b.Named("scores", "MatMul", []string{h, "w"})}))
		net, err := training.NewNet(b.Model(), c.opts)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want == "" && len(net.Warnings) > 0 || c.want != "" && !slices.ContainsFunc(net.Warnings, func(w string) bool { return strings.HasPrefix(w, c.want) }) {
			t.Errorf("a model %s: warnings %q, want %q", c.name, net.Warnings, c.want)
		}
	}
}

// TestBlockers names what holds gradients up where more than one node reads a
// layer: not those that read its shape, nor what comes after.
func TestBlockers(t *testing.T) {
	b, err := graphs.NewBuilder(graphs.NewModel("branches", 18))
	if err != nil {
		t.Fatal(err)
	}
	b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	for _, name := range []string{"a", "b", "c", "v", "w"} {
		b.Initializer(graphs.NewTensor(name, graphs.Float32, []int64{2, 2}, []float64{1, 2, 3, 5}))
	}
	h := b.Op("Relu", []string{b.MatMul(b.MatMul(b.MatMul(b.MatMul("x", "a"), "b"), "c"), "v")})
	shape := b.Op("Shape", []string{h})
	sign, step := b.Named("s", "Sign", []string{h}), b.Named("g", "Greater", []string{h, "x"})
	h = b.Op("Where", []string{step, sign, "x"})
	b.Output(b.Named("out", "MatMul", []string{b.Op("Reshape", []string{h, shape}), "w"}))
	net, err := training.NewNet(b.Model(), training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `no gradient reaches "a", "b", "c" and 1 more, so training will not change them: none comes back through Sign node "s", Greater node "g"; `
	if len(net.Warnings) != 1 || !strings.HasPrefix(net.Warnings[0], want) {
		t.Errorf("warnings %q, want %q", net.Warnings, want)
	}
}
