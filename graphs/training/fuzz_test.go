package training_test

import (
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/training"
)

// FuzzNet derives graphs from malformed models: errors are fine, panics are
// not, and what is derived is well formed.
func FuzzNet(f *testing.F) {
	var models []*graphs.Model
	for _, name := range []string{"grad/mlp_bn", "grad/mlp_sigmoid_ln"} {
		m, err := graphs.Decode(golden.Bytes(f, name+"/model.onnx"))
		if err != nil {
			f.Fatal(err)
		}
		models = append(models, m)
	}
	for seed := range uint64(100) {
		f.Add([]byte(graphtest.RandomChoices(seed, 40)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := graphtest.Choices(data)
		m := graphtest.Mutate(models[c.Below(len(models))], &c)
		wellFormed := graphs.Check(m) == nil
		net, err := training.NewNet(m, training.Options{Dropout: true})
		if err != nil {
			return
		}
		derived, err := net.Gradient(training.Objective{Loss: training.Loss{Kind: training.LabelSmoothing, Alpha: 0.1}})
		if err == nil && wellFormed {
			if err := graphs.Check(derived); err != nil {
				t.Errorf("%v\n%s\nfrom\n%s", err, graphs.Text(derived), graphs.Text(m))
			}
		}
		_, _ = net.Step(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.Adam})
	})
}
