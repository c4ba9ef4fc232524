package pipeline

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// upTo runs an experiment's stages up to one of them, without the slow report.
func upTo(t *testing.T, e settings.Experiment, last settings.Stage) *run {
	t.Helper()
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	f, err := claim(filepath.Join(e.RunsDir, e.UID()), e, quiet())
	if err != nil {
		t.Fatal(err)
	}
	r, err := open(f, e, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	if err := r.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range settings.Stages()[:slices.Index(settings.Stages(), last)+1] {
		if err := r.stage(t.Context(), s); err != nil {
			t.Fatalf("stage %s: %v", s, err)
		}
	}
	return r
}

// TestVariants trains and measures with every setting that changes how.
func TestVariants(t *testing.T) {
	for _, set := range [][]string{
		{"loss", "LS"},
		{"loss", "LR"},
		{"loss", "MSE"},
		{"sep_decay", "true"},
		{"sep_decay", "true", "feature_decay_on", "normalised"},
		{"optimizer", "Adam", "lr", "0.001"},
		{"optimizer", "LBFGS", "epochs", "1"},
		{"optimizer", "LBFGS", "batch_size", "all", "ghost_batch", "50"},
		{"batch_size", "all", "epochs", "8"},
		{"micro_batch", "12"},
		{"momentum", "0"},
		{"use_layer_norm", "true"},
		{"use_bn", "false"},
		{"no_bias", "true"},
		{"fixdim", "5"},
		{"ETF_fc", "true", "fixdim", "4"},
		{"act_fn", "sigmoid"},
		{"act_fn", "none"},
		{"depth", "1"},
		{"sample_size", "0", "val_split_prop", "0.25"},
		{"sample_size", "0", "val_split_prop", "0"},
		{"batch_size", "199"}, // the last batch has one sample
		{"label_noise", "0"},
		{"label_noise", "0.1,0.3"},
		{"noise", "pair"},
		{"noise", "instance"},
		{"class_list", "1,0"},
		{"mean", "0.5,0.5,0.5", "std", "0.25,0.25,0.25"},
		{"seed", "7"},
		{"SOTA", "true"},
	} {
		t.Run(fmt.Sprint(set), func(t *testing.T) {
			if set[0] == "sample_size" { // given by tiny, which excludes a split
				set = append(set, "epochs", "1")
			}
			r := upTo(t, tiny(t, t.TempDir(), set...), settings.StageMetrics)
			results, err := measure.Read(r.folder.file(runfolder.MetricsFile))
			if err != nil {
				t.Fatal(err)
			}
			if a := float64(results.Test.AccuracyTop1); !(a > 40) || !results.Train.NC1.Defined() {
				t.Errorf("test accuracy %v, NC1 %v", a, results.Train.NC1)
			}
			fact := float64(r.manifest[settings.StageTrain].Facts["test_accuracy"])
			if a := float64(results.Test.AccuracyTop1); !(math.Abs(fact-a) <= 1e-9) {
				t.Errorf("training measured a test accuracy of %v, the metrics say %v", fact, a)
			}
			checkVariant(t, r, results)
		})
	}
}

// checkVariant checks what a variant promises of its own.
func checkVariant(t *testing.T, r *run, results *measure.Results) {
	e := r.exp
	want := e.FixDim
	if want == 0 {
		want = e.Classes
	}
	if results.Train.Dim != want {
		t.Errorf("features have %d dimensions, want %d", results.Train.Dim, want)
	}
	m, err := graphs.Load(r.folder.file(runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	net, err := r.net()
	if err != nil {
		t.Fatal(err)
	}
	initial, err := net.Trained(nil)
	if err != nil {
		t.Fatal(err)
	}
	weight := m.Graph.Initializer("fc.weight")
	if fixed := slices.Equal(weight.Float32s(), initial.Graph.Initializer("fc.weight").Float32s()); fixed != e.ETF {
		t.Errorf("the classifier's weight is unchanged: %v", fixed)
	}
	if bias := m.Graph.Initializer("fc.bias"); (bias == nil) != e.NoBias {
		t.Errorf("the classifier's bias is %v", bias)
	}
	for _, h := range timeless(t, r.folder.path) {
		if math.IsNaN(h.ValLoss) != (e.ValSplit == 0) || math.IsNaN(h.TrainLoss) || h.LR <= 0 {
			t.Errorf("history %+v", h)
		}
	}
	if e.MeanNoise() == 0 && results.Train.Memorization.Mean.Defined() {
		t.Errorf("memorization %v without noise", results.Train.Memorization.Mean)
	}
}

// TestSchedules reads the learning rates of both ways to decay.
func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want []float64
	}{
		{[]string{"patience", "2", "gamma", "0.5"}, []float64{0.05, 0.05, 0.025, 0.025, 0.0125}},
		{[]string{"decay_type", "step_1_4", "gamma", "0.5"}, []float64{0.05, 0.025, 0.025, 0.025, 0.0125}},
	} {
		e := tiny(t, t.TempDir(), append(c.set, "epochs", "5", "sample_size", "16", "batch_size", "16")...)
		for i, h := range timeless(t, upTo(t, e, settings.StageTrain).folder.path) {
			if !(math.Abs(h.LR-c.want[i]) <= 1e-12) {
				t.Errorf("%v: epoch %d has the rate %v, want %v", c.set, i+1, h.LR, c.want[i])
			}
		}
	}
}

// TestAugmented checks that only SOTA trains on changed images.
func TestAugmented(t *testing.T) {
	for sota, want := range map[string]bool{"true": true, "false": false} {
		r := upTo(t, tiny(t, t.TempDir(), "SOTA", sota), settings.StageData)
		_, plain := r.seen(split(r.data, datasets.Train)).(samples)
		if plain == want {
			t.Errorf("SOTA %s trains on plain images: %v", sota, plain)
		}
	}
}

// TestSepDecay checks that the penalty is in the loss, and that penalising
// normalised features, as the original does, is without effect on the weights
// but for the classifier's.
func TestSepDecay(t *testing.T) {
	losses := map[string]float64{}
	for _, rate := range []string{"0", "10"} {
		e := tiny(t, t.TempDir(), "sep_decay", "true", "feature_decay_rate", rate, "epochs", "1")
		losses[rate] = timeless(t, upTo(t, e, settings.StageTrain).folder.path)[0].TrainLoss
	}
	if !(losses["10"] > losses["0"]+0.01) {
		t.Errorf("losses by feature decay rate: %v", losses)
	}
	var weights [2][]float32
	for i, rate := range []string{"0", "10"} {
		e := tiny(t, t.TempDir(), "sep_decay", "true", "feature_decay_rate", rate, "feature_decay_on", "normalised", "epochs", "1")
		m, err := graphs.Load(upTo(t, e, settings.StageTrain).folder.file(runfolder.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		weights[i] = m.Graph.Initializer("layers.0.weight").Float32s()
	}
	for i, w := range weights[0] {
		if !(math.Abs(float64(w-weights[1][i])) <= 1e-4) {
			t.Fatalf("weight %d is %v or %v: the decay of normalised features has an effect", i, w, weights[1][i])
		}
	}
}

// TestOtherNoiseFile refuses a recorded experiment whose file of the noise has
// changed, and a stage of its folder: the record would lie.
func TestOtherNoiseFile(t *testing.T) {
	dir := t.TempDir()
	matrix := filepath.Join(dir, "noise.txt")
	write := func(text string) {
		if err := os.WriteFile(matrix, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("0.9 0.1\n0.2 0.8\n")
	e := tiny(t, filepath.Join(dir, "runs"), "noise", "matrix", "noise_file", matrix)
	r := upTo(t, e, settings.StageData)
	recorded, path := r.exp, r.folder.path
	r.close()
	write("0.5 0.5\n0.2 0.8\n")
	recorded.RunsDir = filepath.Join(dir, "more")
	_, again := Run(t.Context(), recorded, quiet())
	for name, err := range map[string]error{"run again": again, "train": RunStage(t.Context(), path, settings.StageTrain, quiet())} {
		var mistake *settings.UsageError
		if !errors.As(err, &mistake) || mistake.Setting != "noise_file" || !strings.Contains(err.Error(), "not the file that noise_sha256 names") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
