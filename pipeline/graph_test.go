package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestForeignGraph trains a model from a file with three classes on two: its
// head is replaced, the rest kept, the frozen layer unchanged; the file is not
// needed afterwards.
func TestForeignGraph(t *testing.T) {
	dir := t.TempDir()
	m, err := zoo.Build("MLP", zoo.Options{Classes: 3, Width: 8, Depth: 2, FixDim: 4, BatchNorm: true, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mine.onnx")
	if err := graphs.Save(path, m); err != nil {
		t.Fatal(err)
	}
	e := with(t, settings.Defaults(), "graph", path, "data_dir", settings.Embedded, "runs_dir", filepath.Join(dir, "runs"), "epochs", "1", "batch_size", "64", "freeze", "layers.0.*")
	run, err := Run(t.Context(), e, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(filepath.Base(run), "mine_mnist_c2_") {
		t.Errorf("the run is called %s", filepath.Base(run))
	}
	trained, err := graphs.Load(filepath.Join(run, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	if d := trained.Graph.Initializer("fc.weight").Dims; d[0] != 2 || d[1] != 4 {
		t.Errorf("the head has shape %v", d)
	}
	for name, same := range map[string]bool{"layers.0.weight": true, "layers.3.weight": false} {
		if got := string(trained.Graph.Initializer(name).Data) == string(m.Graph.Initializer(name).Data); got != same {
			t.Errorf("%s unchanged: %t, want %t", name, got, same)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := RunStage(t.Context(), run, settings.StageExport, Options{}); err != nil {
		t.Error(err)
	}
}

// vanishing is a Reporter that removes a file when the model's summary is shown.
type vanishing struct {
	Silent
	file string
}

func (v vanishing) Summary(string) { _ = os.Remove(v.file) } // the test looks for it

// TestGraphIsReadOnce runs a graph whose file is gone once the model is built of
// it: the run folder's copy is what was read, sizes that were left open included.
func TestGraphIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	open := graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Symbolic("H"), graphs.Symbolic("W")}
	path := linearModel(t, dir, open, "Identity")
	want, err := graphs.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	e := tiny(t, filepath.Join(dir, "runs"), "graph", path, "epochs", "1")
	run, err := Run(t.Context(), e, Options{Reporter: vanishing{file: path}})
	if err != nil || files.Exists(path) {
		t.Fatalf("error %v, the graph is still there: %t", err, files.Exists(path))
	}
	copies, err := filepath.Glob(filepath.Join(run, runfolder.CheckpointsDir, "graph-*.onnx"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies %v, %v", copies, err)
	}
	got, err := graphs.Load(copies[0])
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the copy is another graph (%v)", err)
	}
}

// TestForeignGraphMistakes runs graphs that cannot be trained on the data: each
// is the user's to mend, and leaves no run folder behind.
func TestForeignGraphMistakes(t *testing.T) {
	dir := t.TempDir()
	sample := func(dims ...int64) string {
		return linearModel(t, dir, append(graphs.Shape{graphs.Symbolic("N")}, graphs.StaticShape(dims...)...), "Identity")
	}
	images := graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Symbolic("H"), graphs.Symbolic("W")}
	bent := linearModel(t, dir, images, "Relu")
	served := linearModel(t, dir, images, "Softmax")
	for _, c := range []struct {
		graph string
		set   []string
		want  string
	}{
		{served, nil, "which come from a softmax; name what that reads: --logits "},
		{served, []string{"classes", "3"}, "which come from a softmax; name what that reads: --logits "},
		{sample(4), nil, "takes samples of shape [4], but the images are 3×32×32, channels first; export the model for that shape"},
		{sample(32, 32, 3), nil, "takes samples of shape [32, 32, 3], but"},
		{sample(1, 28, 28), nil, "takes samples of shape [1, 28, 28], but the images are 3×32×32, channels first; export the model for three channels: a model of one cannot be fed yet"},
		{filepath.Join(dir, "not.onnx"), nil, "no such file"},
		{bent, nil, "features_tensor: no linear layer leads to the logits of"},
		{bent, []string{"features_tensor", "flet"}, `is called "flet"; ` + "`memdil graph show` lists them; near it: flat"},
		{bent, []string{"logits", "logit"}, `logits: no value of `},
		{bent, []string{"features_tensor", "flat", "classes", "3"}, "the head cannot be replaced; export the model with 3 classes"},
		{bent, []string{"features_tensor", "flat", "sep_decay", "true"}, "sep_decay: no linear layer"},
	} {
		runs := filepath.Join(dir, "runs")
		e := with(t, settings.Defaults(), append([]string{"graph", c.graph, "runs_dir", runs, "data_dir", "nowhere"}, c.set...)...)
		_, err := Run(t.Context(), e, quiet())
		var mistake *settings.UsageError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &mistake) {
			t.Errorf("%s, %v: error is %v, a mistake: %t; want %q in it", filepath.Base(c.graph), c.set, err, mistake != nil, c.want)
		}
		if files.Exists(runs) {
			t.Fatalf("%s, %v: there is a run folder", filepath.Base(c.graph), c.set)
		}
	}
}

// TestLoopMistake asks the device loop to augment images that come flattened,
// which it cannot.
func TestLoopMistake(t *testing.T) {
	dir := t.TempDir()
	flat := linearModel(t, dir, graphs.Shape{graphs.Symbolic("N"), graphs.Known(3 * 32 * 32)}, "Identity")
	_, err := Run(t.Context(), tiny(t, dir, "graph", flat, "loop", "device", "SOTA", "true"), quiet())
	var mistake *settings.UsageError
	if !errors.As(err, &mistake) || mistake.Setting != "loop" || !strings.Contains(err.Error(), "N×C×H×W only; train on the CPU by the host loop") {
		t.Errorf("error %v", err)
	}
	mustRun(t, tiny(t, dir, "graph", flat, "loop", "host", "SOTA", "true"))
}

// linearModel writes a model of two classes, "flat" times a matrix and then an
// operator, and returns its path.
func linearModel(t *testing.T, dir string, input graphs.Shape, last string) string {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("linear", 18))
	if err != nil {
		t.Fatal(err)
	}
	x := b.Named("flat", "Flatten", []string{b.Input("x", graphs.Type{Elem: graphs.Float32, Shape: input})}, graphs.Int("axis", 1))
	width, known := input[1:].Elements()
	if !known {
		width = 3 * 32 * 32
	}
	w := b.Initializer(graphs.NewFloats("w", []int64{width, 2}, make([]float32, 2*width)))
	b.Output(b.Named("logits", last, []string{b.MatMul(x, w)}))
	path := filepath.Join(dir, fmt.Sprintf("%s%d.onnx", last, width))
	if err := graphs.Save(path, b.Model()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNamedFeatures trains a graph whose last layer is not linear: there is no
// classifier file, what needs it is null with a note, and a second run has
// nothing to do. Its weights are drawn anew, or else kept: zeros, which stay,
// for no gradient passes the ReLU behind them.
func TestNamedFeatures(t *testing.T) {
	dir := t.TempDir()
	images := graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Symbolic("H"), graphs.Symbolic("W")}
	path := linearModel(t, dir, images, "Relu")
	for _, reset := range []bool{true, false} {
		e := tiny(t, dir, "graph", path, "features_tensor", "flat", "epochs", "1", "weight_decay", "0", "lr", "0.001",
			"reset_weights", fmt.Sprint(reset), "uid", fmt.Sprintf("reset-%t", reset))
		run := mustRun(t, e)
		if stages, warnings := stagesOf(t, e); len(stages) > 0 || warnings != "" {
			t.Errorf("stages %v again: %s", stages, warnings)
		}
		if files.Exists(filepath.Join(run, runfolder.ClassifierFile)) {
			t.Error("there is a classifier")
		}
		results, err := measure.Read(filepath.Join(run, runfolder.MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		if r := results.Train; r.Dim != 3072 || !r.NC1.Defined() || r.NC2ETF.Defined() || !strings.Contains(strings.Join(r.Notes, "\n"), "no classifier") {
			t.Errorf("%d features, NC1 %v, NC2 %v, notes %q", r.Dim, r.NC1, r.NC2ETF, r.Notes)
		}
		m, err := graphs.Load(filepath.Join(run, runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		zeros := slices.Equal(m.Graph.Initializer("w").Float32s(), make([]float32, 2*3072))
		if zeros == reset {
			t.Errorf("reset_weights is %t, and all weights are zero: %t", reset, zeros)
		}
		if err := RunStage(t.Context(), run, settings.StageReport, quiet()); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(run, runfolder.ClassifierFile), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if stages, _ := stagesOf(t, e); !slices.Contains(stages, settings.StageExport) || files.Exists(filepath.Join(run, runfolder.ClassifierFile)) {
			t.Errorf("a classifier appeared, and %v ran", stages)
		}
	}
}

// TestOtherGraph puts another graph in the place of one of which only the
// samples were selected: it is the new one that is trained.
func TestOtherGraph(t *testing.T) {
	dir := t.TempDir()
	images := graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Symbolic("H"), graphs.Symbolic("W")}
	path := filepath.Join(dir, "mine.onnx")
	for _, last := range []string{"Relu", "Sigmoid", "Sigmoid"} {
		if err := os.Rename(linearModel(t, dir, images, last), path); err != nil {
			t.Fatal(err)
		}
		r := upTo(t, tiny(t, dir, "graph", path, "features_tensor", "flat"), settings.StageData)
		net, err := r.net()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(net.Model.Graph.Nodes, func(n *graphs.Node) bool { return n.Op == last }) {
			t.Errorf("a graph without %s is trained", last)
		}
		r.close()
	}
}

// TestRefusedGraph gives a folder that only has samples yet a graph that is
// refused: the graph that the folder names is trained afterwards, not that one.
func TestRefusedGraph(t *testing.T) {
	dir := t.TempDir()
	images := graphs.Shape{graphs.Symbolic("N"), graphs.Known(3), graphs.Symbolic("H"), graphs.Symbolic("W")}
	at := func(last string) string {
		path := filepath.Join(dir, last+".onnx")
		if err := os.Rename(linearModel(t, dir, images, last), path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := tiny(t, dir, "graph", at("Relu"), "features_tensor", "flat", "until", "data", "uid", "refused")
	run := mustRun(t, good)
	bad := tiny(t, dir, "graph", at("Sigmoid"), "features_tensor", "nothing", "until", "data", "uid", "refused")
	if _, err := Run(t.Context(), bad, quiet()); !errors.As(err, new(*settings.UsageError)) {
		t.Fatalf("error %v of a graph without such a tensor", err)
	}
	if again := mustRun(t, good); again != run {
		t.Fatalf("folders %s and %s", run, again)
	}
	for range 2 { // the second time the copy was lost
		copies, err := filepath.Glob(filepath.Join(run, runfolder.CheckpointsDir, "graph-*.onnx"))
		if err != nil || len(copies) != 1 {
			t.Fatalf("copies %s (%v)", copies, err)
		}
		m, err := graphs.Load(copies[0])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(m.Graph.Nodes, func(n *graphs.Node) bool { return n.Op == "Relu" }) {
			t.Error("the refused graph is the folder's")
		}
		if err := os.Remove(copies[0]); err != nil {
			t.Fatal(err)
		}
		mustRun(t, good)
	}
}

// TestWrongChecksum names another graph by its checksum than by its path: there
// is no run folder of it.
func TestWrongChecksum(t *testing.T) {
	dir := t.TempDir()
	path := linearModel(t, dir, graphs.Shape{graphs.Symbolic("N"), graphs.Known(3 * 32 * 32)}, "Identity")
	e := tiny(t, filepath.Join(dir, "runs"), "graph", path, "graph_sha256", strings.Repeat("ab", 32))
	_, err := Run(t.Context(), e, quiet())
	if !errors.As(err, new(*settings.UsageError)) || !strings.Contains(err.Error(), "is not the file that graph_sha256 names; leave graph_sha256 out") {
		t.Errorf("error %v", err)
	}
	if files.Exists(e.RunsDir) {
		t.Error("there is a run folder")
	}
}

// TestTensorsFile reads which tensors of a run are trained, and why.
func TestTensorsFile(t *testing.T) {
	e := tiny(t, t.TempDir(), "freeze", "layers.0.*", "epochs", "1")
	r := upTo(t, e, settings.StageTrain)
	data, err := os.ReadFile(r.folder.file(runfolder.TensorsFile))
	if err != nil {
		t.Fatal(err)
	}
	var tensors []tensorRecord
	if err := json.Unmarshal(data, &tensors); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, record := range tensors {
		reasons[record.Name] = fmt.Sprint(record.Shape, record.Trained, " ", record.Reason)
	}
	for name, want := range map[string]string{
		"layers.0.weight":       "[8 3072] false frozen by --freeze",
		"layers.1.running_mean": "[8] false running mean: ",
		"fc.weight":             "[2 2] true weight: ",
	} {
		if !strings.HasPrefix(reasons[name], want) {
			t.Errorf("%s: %q, want %q", name, reasons[name], want)
		}
	}
}
