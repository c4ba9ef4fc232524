package training_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// updateSnapshots is the variable that has TestSnapshots write what it derives
// instead of comparing it.
const updateSnapshots = "MEMDIL_UPDATE_SNAPSHOTS"

// snapshots are derived graphs of small nets, by the name of their file in
// testdata.
var snapshots = map[string]struct {
	options zoo.Options
	derive  func(net *training.Net) (*graphs.Model, error)
}{
	"gradient_ce":  {batchNormed, gradient(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})},
	"gradient_ls":  {plain, gradient(training.Objective{Loss: training.Loss{Kind: training.LabelSmoothing, Alpha: 0.1}})},
	"gradient_lr":  {plain, gradient(training.Objective{Loss: training.Loss{Kind: training.LabelRelaxation, Alpha: 0.1}})},
	"gradient_mse": {layerNormed, gradient(training.Objective{Loss: training.Loss{Kind: training.MeanSquaredError}})},
	"step_sgd":     {batchNormed, step(nil, training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 5e-4})},
	"step_plain":   {plain, step(nil, training.Optimizer{Kind: training.SGD})},
	"step_adam":    {batchNormed, step(nil, training.Optimizer{Kind: training.Adam})},
	"step_sep_decay": {batchNormed, step(&training.SepDecay{WeightDecay: 5e-4, FeatureDecay: 1e-4},
		training.Optimizer{Kind: training.SGD, Momentum: 0.9})},
	"step_sep_decay_normalised": {plain, step(&training.SepDecay{WeightDecay: 5e-4, FeatureDecay: 1e-4, Normalised: true},
		training.Optimizer{Kind: training.SGD})},
	"host": {batchNormed, func(net *training.Net) (*graphs.Model, error) {
		return net.Host(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}})
	}},
	"evaluation": {batchNormed, func(net *training.Net) (*graphs.Model, error) {
		return net.Evaluation(training.Loss{Kind: training.CrossEntropy})
	}},
}

var (
	plain       = zoo.Options{Classes: 3, Width: 4, Depth: 1, Seed: 1}
	batchNormed = zoo.Options{Classes: 3, Width: 4, Depth: 2, BatchNorm: true, Seed: 1}
	layerNormed = zoo.Options{Classes: 3, Width: 4, Depth: 1, LayerNorm: true, Activation: zoo.Sigmoid, Seed: 1}
)

func gradient(o training.Objective) func(*training.Net) (*graphs.Model, error) {
	return func(net *training.Net) (*graphs.Model, error) { return net.Gradient(o) }
}

func step(decay *training.SepDecay, opt training.Optimizer) func(*training.Net) (*graphs.Model, error) {
	return func(net *training.Net) (*graphs.Model, error) {
		return net.Step(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}, Decay: decay}, opt)
	}
}

// TestSnapshots compares derived graphs with the texts in testdata, so that a
// change of any derivation shows in review. MEMDIL_UPDATE_SNAPSHOTS=1 rewrites
// them.
func TestSnapshots(t *testing.T) {
	update := os.Getenv(updateSnapshots) != ""
	for name, s := range snapshots {
		t.Run(name, func(t *testing.T) {
			got := derivedText(t, s.options, s.derive)
			path := filepath.Join("testdata", name+".txt")
			if update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (%s=1 writes it)", err, updateSnapshots)
			}
			if line, a, b := firstDifference(string(want), got); line > 0 {
				t.Errorf("%s:%d is\n%s\nand now derived\n%s\n(%s=1 accepts it)", path, line, a, b, updateSnapshots)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if _, ok := snapshots[strings.TrimSuffix(filepath.Base(path), ".txt")]; !ok {
			t.Errorf("%s belongs to no snapshot: delete it", path)
		}
	}
}

func derivedText(t *testing.T, o zoo.Options, derive func(*training.Net) (*graphs.Model, error)) string {
	t.Helper()
	m, err := zoo.Build("MLP", o)
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	derived, err := derive(net)
	if err != nil {
		t.Fatal(err)
	}
	if err := graphs.Check(derived); err != nil {
		t.Error(err)
	}
	return graphs.Text(derived)
}

// firstDifference returns the first line in which two texts differ, counted
// from 1, and both versions of it; 0 when they are equal.
func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = "(end)", "(end)"
		if i < len(as) {
			inA = as[i]
		}
		if i < len(bs) {
			inB = bs[i]
		}
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}
