package training_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/training"
)

// fuzzed are the models that FuzzNet starts from: networks of each kind, and
// what PyTorch's exporters make of some.
var fuzzed = []string{
	"../../fixtures/golden/grad/mlp_bn/model.onnx", "../../fixtures/golden/grad/mlp_sigmoid_ln/model.onnx",
	"../../fixtures/golden/grad/tiny_resnet/model.onnx", "../../fixtures/golden/grad/tiny_vgg/model.onnx",
	"../../pipeline/testdata/foreign_attention.onnx", "../../pipeline/testdata/foreign_cnn_default.onnx",
	"../../pipeline/testdata/foreign_cnn_training_baked.onnx", "../../pipeline/testdata/foreign_conv_head.onnx",
}

// FuzzNet derives every kind of graph from malformed models: errors are fine,
// panics are not, and what is derived of a model that is well formed is so too.
func FuzzNet(f *testing.F) {
	var models []*graphs.Model
	for _, path := range fuzzed {
		m, err := graphs.Load(path)
		if err != nil {
			f.Fatal(err)
		}
		models = append(models, m)
	}
	for seed := range uint64(100) {
		f.Add([]byte(graphtest.RandomChoices(seed, 40)))
	}
	objective := training.Objective{Loss: training.Loss{Kind: training.LabelSmoothing, Alpha: 0.1}, Decay: &training.SepDecay{WeightDecay: 0.1, FeatureDecay: 0.1}}
	sgd := training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.1}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := graphtest.Choices(data)
		m := graphtest.Mutate(models[c.Below(len(models))], &c)
		wellFormed := graphs.Check(m) == nil
		net, err := training.NewNet(m, training.Options{Dropout: true})
		if err != nil {
			return
		}
		if c.Below(2) == 0 {
			training.FilteredForm(t)
		}
		for name, derive := range map[string]func() (*graphs.Model, error){
			"gradient": func() (*graphs.Model, error) { return net.Gradient(training.Objective{Loss: objective.Loss}) },
			"host":     func() (*graphs.Model, error) { return net.Host(objective) },
			"step":     func() (*graphs.Model, error) { return net.Step(objective, training.Optimizer{Kind: training.Adam}) },
			"epoch":    func() (*graphs.Model, error) { return net.Epoch(objective, sgd, nil) },
			"device":   func() (*graphs.Model, error) { return net.Device(objective, sgd, training.DeviceOptions{Batch: 4}) },
			"recording": func() (*graphs.Model, error) {
				r, err := net.Recording(objective, sgd, training.DeviceOptions{Batch: 4, Rate: 0.01})
				if err != nil {
					return nil, err
				}
				return r.Turn, nil
			},
		} {
			derived, err := derive()
			if err != nil || !wellFormed {
				continue
			}
			if err := graphs.Check(derived); err != nil {
				t.Errorf("%s: %v\n%s\nfrom\n%s", name, err, graphs.Text(derived), graphs.Text(m))
			}
		}
	})
}
