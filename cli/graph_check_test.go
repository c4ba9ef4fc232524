package cli

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
)

// newModel writes a small model of the zoo.
func newModel(t *testing.T, o zoo.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := runGraphNew(context.Background(), GraphNewOptions{Model: "MLP", Options: o, Output: path}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecondOpinion(t *testing.T) {
	orttest.Runtime(t)
	for _, c := range []struct {
		options zoo.Options
		want    string // in the output
	}{
		{zoo.Options{Classes: 3, Width: 16, Depth: 2, BatchNorm: true}, "agrees with ONNX Runtime on logits of 16 random samples"},
		{zoo.Options{Classes: 3, Width: 16, Depth: 2, Activation: zoo.Sigmoid, NoBias: true}, "agrees with ONNX Runtime on logits of 16 random samples"},
		{zoo.Options{Classes: 3, Width: 16, Depth: 2, LayerNorm: true}, "second opinion: none: "},
	} {
		var out bytes.Buffer
		o := GraphCheckOptions{trainingOptions(newModel(t, c.options)), true}
		if err := runGraphCheck(context.Background(), o, &out); err != nil {
			t.Errorf("%+v: %v", c.options, err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%+v: %s", c.options, out.String())
		}
	}
}

// TestCheckListsFindings checks that a broken model's faults are all named.
func TestCheckListsFindings(t *testing.T) {
	m, err := graphs.Load(newModel(t, zoo.Options{Classes: 2, Width: 4, Depth: 1}))
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Nodes[0].Inputs[0] = "nowhere"
	m.Graph.Outputs = append(m.Graph.Outputs, &graphs.Value{Name: "nothing"})
	path := filepath.Join(t.TempDir(), "broken.onnx")
	if err := graphs.Save(path, m); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = runGraphCheck(context.Background(), GraphCheckOptions{TrainingOptions: trainingOptions(path)}, &out)
	if err == nil || !strings.Contains(out.String(), `"nowhere"`) || !strings.Contains(out.String(), `"nothing"`) {
		t.Errorf("error %v, output %s", err, out.String())
	}
}

// TestCheckCountsNumbers has a model with constants as exporters write them:
// they take one line, and so does a tensor with a line break in its name.
func TestCheckCountsNumbers(t *testing.T) {
	b, err := graphs.NewBuilder(graphs.NewModel("numbers", 18))
	if err != nil {
		t.Fatal(err)
	}
	x := b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{graphs.Symbolic("N"), graphs.Known(2)}})
	w := b.Initializer(graphs.NewFloats("w\n 1", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6}))
	b.Output(b.Named("logits", "MatMul", []string{b.Shift(b.Scale(x, 3), 5), w}))
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "numbers.onnx")
	if err := graphs.Save(path, b.Model()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := runGraphCheck(context.Background(), GraphCheckOptions{TrainingOptions: trainingOptions(path)}, &out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"\n2 single numbers  []      no       constants\n", "\n\"w\\n 1\"           [2, 3]  yes      weight: input 1 of MatMul"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\nconst_2 ") {
		t.Errorf("printed\n%s", text)
	}
}
