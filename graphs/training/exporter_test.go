package training_test

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// convolution is a network of one convolution as PyTorch exports it, with the
// given weight and result; between says what follows up to the pooled features.
func convolution(t *testing.T, weight, result string, between func(b *graphs.Builder, y string) string) *graphs.Model {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("one convolution", 18))
	if err != nil {
		t.Fatal(err)
	}
	b.Model().ProducerName = "pytorch"
	b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(1), graphs.Known(4), graphs.Known(4)}})
	b.Initializer(graphs.NewTensor(weight, graphs.Float32, []int64{2, 1, 3, 3}, make([]float64, 18)))
	b.Initializer(graphs.NewTensor("w", graphs.Float32, []int64{2, 2}, []float64{1, 2, 3, 5}))
	// Without optimize=True, PyTorch's default exporter spells a missing bias,
	// and the axes of a mean, as computations.
	channels := b.Op("Shape", []string{weight}, graphs.Int("start", 0), graphs.Int("end", 1))
	zero := b.Op("CastLike", []string{b.Const(graphs.NewInts("", nil, []int64{0})), "x"})
	y := between(b, b.Named(result, "Conv", []string{"x", weight, b.Op("Expand", []string{zero, channels})}))
	axes := b.Op("Reshape", []string{b.Ints(-1, -2), b.Ints(-1)})
	b.Output(b.Named("z", "MatMul", []string{b.Op("ReduceMean", []string{b.Op("Relu", []string{y}), axes}, graphs.Int("keepdims", 0)), "w"}))
	return b.Model()
}

// TestExporterSpellings takes no note of a weight whose shape is asked for, and
// differentiates a mean whose axes are computed.
func TestExporterSpellings(t *testing.T) {
	m := convolution(t, "conv.weight", "conv2d", func(_ *graphs.Builder, y string) string { return y })
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(net.Warnings) > 0 {
		t.Errorf("warnings %q", net.Warnings)
	}
	if len(net.Parameters) != 2 {
		t.Errorf("%d parameters, want the weights of the convolution and of the classifier", len(net.Parameters))
	}
	if _, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}); err != nil {
		t.Error(err)
	}
}

// TestFoldedNormalisation warns of convolutions that hold a BatchNormalization,
// and of no others.
func TestFoldedNormalisation(t *testing.T) {
	nothing := func(_ *graphs.Builder, y string) string { return y }
	normalised := func(b *graphs.Builder, y string) string {
		for _, name := range []string{"scale", "shift", "mean", "variance"} {
			b.Initializer(graphs.NewTensor(name, graphs.Float32, []int64{2}, []float64{1, 2}))
		}
		return b.Op("BatchNormalization", []string{y, "scale", "shift", "mean", "variance"})
	}
	for _, c := range []struct {
		name, weight, bias, result string
		between                    func(*graphs.Builder, string) string
		freeze                     []string
		advice                     string // "" where no warning is due
	}{
		{"TorchScript's, folded", "onnx::Conv_538", "onnx::Conv_539", "y", nothing, nil, "export(…, dynamo=False, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False)"},
		{"folded, beside normalisation that is not", "onnx::Conv_538", "onnx::Conv_539", "y", normalised, nil, "export(…, dynamo=False,"},
		{"the default's, folded", "conv1.weight", "", "getitem_5", nothing, nil, "export(…, optimize=False)"},
		{"the default's, folded, beside normalisation that is not", "conv1.weight", "", "getitem_5", normalised, nil, "export(…, optimize=False)"},
		{"folded, but only the classifier is trained", "conv1.weight", "", "getitem_5", nothing, []string{"conv*"}, ""},
		{"without normalisation", "conv1.weight", "", "conv2d", nothing, nil, ""},
		{"not folded", "conv1.weight", "", "conv2d", normalised, nil, ""},
		{"a weight that is computed", "onnx::Conv_538", "conv1.bias", "y", nothing, nil, ""},
	} {
		m := convolution(t, c.weight, c.result, c.between)
		if c.bias != "" {
			m.Graph.Initializers = append(m.Graph.Initializers, graphs.NewTensor(c.bias, graphs.Float32, []int64{2}, []float64{1, 2}))
			m.Graph.Maker(c.result).Inputs[2] = c.bias
		}
		net, err := training.NewNet(m, training.Options{Freeze: c.freeze})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		warnings := strings.Join(net.Warnings, "\n")
		warned := strings.Contains(warnings, "folded batch normalisation into convolutions (1)")
		if warned != (c.advice != "") || !strings.Contains(warnings, c.advice) {
			t.Errorf("%s: warnings %q", c.name, net.Warnings)
		}
	}
}
