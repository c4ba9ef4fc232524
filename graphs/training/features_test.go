package training_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// branched returns a net x (N×2×1) → "map" = 2x → dropout "dropped" → "flat"
// (N×2) → logits = flat·w, with "side" = −x that leads nowhere and "turned",
// whose batch is not first.
func branched(t *testing.T) *graphs.Model {
	t.Helper()
	b := newBuilder(t)
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2), graphs.Known(1)}})
	b.Named("side", "Neg", []string{x})
	b.Named("turned", "Transpose", []string{b.Named("map", "Add", []string{x, x})}, graphs.Ints("perm", 2, 1, 0))
	b.Named("dropped", "Dropout", []string{b.Op("Transpose", []string{"turned"}, graphs.Ints("perm", 2, 1, 0))})
	flat := b.Named("flat", "Flatten", []string{"dropped"}, graphs.Int("axis", 1))
	b.Output(b.Named("logits", "MatMul", []string{flat, b.Initializer(graphs.NewFloats("w", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6}))}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Model()
}

// TestNamedFeatures exports a value that the user names: flattened, whatever a
// pass made of the node it came from, and with the classifier only where that
// reads it.
func TestNamedFeatures(t *testing.T) {
	for name, c := range map[string]struct {
		features   []float64 // of x = (1, −2)
		classifier bool
	}{
		"":        {[]float64{2, -4}, true},
		"flat":    {[]float64{2, -4}, true},
		"dropped": {[]float64{2, -4}, true},
		"map":     {[]float64{2, -4}, false},
		"x":       {[]float64{1, -2}, false},
	} {
		net, err := training.NewNet(branched(t), training.Options{Features: name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, err := net.Trained(nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := eval.Run(m, map[string]*eval.Value{"x": eval.Floats([]int{1, 2, 1}, 1, -2)})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f := got["features"]; !slices.Equal(f.Shape, []int{1, 2}) || !slices.Equal(f.F, c.features) {
			t.Errorf("%s: features are %v of shape %v", name, f.F, f.Shape)
		}
		if z := got["logits"]; !slices.Equal(z.F, []float64{-14, -16, -18}) {
			t.Errorf("%s: logits are %v", name, z.F)
		}
		layer, err := training.ReadLastLayer(m, "features", "logits")
		if err != nil || (layer != nil) != c.classifier || net.ClassifierReadsFeatures() != c.classifier {
			t.Errorf("%s: classifier %v, error %v", name, layer, err)
		}
	}
}

func TestNamedFeaturesRefused(t *testing.T) {
	for name, want := range map[string]string{
		"side":   `the features "side" do not lie on the way to the logits "logits"`,
		"turned": `the features "turned" have shape [1, 2, N]: the batch, N, is wanted first`,
		"logits": "are the logits",
		"flit":   `no value of the model is called "flit", which was to be the features (near it: flat, `,
	} {
		_, err := training.NewNet(branched(t), training.Options{Features: name})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q in it", name, err, want)
		}
		var unknown *training.NameError
		if errors.As(err, &unknown) != (name == "flit") {
			t.Errorf("%s: error is a %T", name, err)
		}
	}
}

// TestNamedFeaturesOfOldModels names a value whose node the upgrade to the
// newest operator set replaces: a Softmax over several axes.
func TestNamedFeaturesOfOldModels(t *testing.T) {
	m := graphs.NewModel("old", 11)
	g := m.Graph
	g.Inputs = []*graphs.Value{{Name: "x", Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2), graphs.Known(1)}}}}
	g.Initializers = []*graphs.Tensor{graphs.NewFloats("w", []int64{2, 2}, []float32{1, 2, 3, 4})}
	g.Nodes = []*graphs.Node{
		{Op: "Softmax", Inputs: []string{"x"}, Outputs: []string{"shares"}, Attributes: []graphs.Attribute{graphs.Int("axis", 1)}},
		{Op: "Flatten", Inputs: []string{"shares"}, Outputs: []string{"flat"}},
		{Op: "MatMul", Inputs: []string{"flat", "w"}, Outputs: []string{"logits"}},
	}
	g.Outputs = []*graphs.Value{{Name: "logits"}}
	net, err := training.NewNet(m, training.Options{Features: "shares"})
	if err != nil || !net.ClassifierReadsFeatures() {
		t.Errorf("net %+v, error %v", net, err)
	}
}
