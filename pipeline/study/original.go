package study

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/settings"
)

// originalSpace is what the Python original searches.
var originalSpace = map[string]paramTable{
	"lr":       {Log: []any{1e-5, 0.5}},
	"gamma":    {Choice: []any{0.01, 0.1, 0.5}},
	"ls_alpha": {Uniform: []any{0.01, 0.25}, When: map[string]any{"loss": string(training.LabelSmoothing)}},
	"lr_alpha": {Uniform: []any{0.01, 0.25}, When: map[string]any{"loss": string(training.LabelRelaxation)}},
}

// Original returns the study file that does what the Python original does with
// an experiment's flags. Simple models, MLPs: trials on the noisy labels, by
// validation accuracy, over as many steps as the last training of all data takes
// in epochs × (1 − val_split_prop); all else, the large scale: trials on clean
// labels, stopped early by ASHA. The best setting is trained on all data, with
// label noise.
func Original(e settings.Experiment) ([]byte, error) {
	doc := document{Experiment: map[string]any{}, Final: map[string]any{}}
	for _, s := range settings.Table() {
		if s.Obsolete == "" && !s.PerCall && e.Given(s.Name) && !ofSearch[s.Name] {
			doc.Experiment[s.Name] = s.Value(e)
		}
	}
	t := searchTable{
		Sampler: "random", Scheduler: "none", Trials: e.HORuns, Objective: defaultObjective, Space: map[string]paramTable{},
	}
	if e.HO == settings.BayesOpt {
		t.Sampler = "gp"
	}
	for name, p := range originalSpace {
		delete(doc.Experiment, name)
		t.Space[name] = p
	}
	if e.ValSplit == 0 {
		delete(doc.Experiment, "val_split_prop") // a search validates
		e.ValSplit = settings.Defaults().ValSplit
	}
	if _, given := doc.Experiment["val_samples"]; !given {
		doc.Experiment["val_samples"] = string(settings.ValRandom)
	}
	doc.Final["val_split_prop"] = 0.0
	if e.Model == "MLP" && !e.LargeScaleUID {
		doc.Experiment["epochs"] = max(1, int64(float64(e.Epochs)*(1-e.ValSplit)))
		doc.Final["epochs"] = int64(e.Epochs)
	} else {
		t.Scheduler = "asha"
		if noise, given := doc.Experiment["label_noise"]; given {
			delete(doc.Experiment, "label_noise")
			doc.Final["label_noise"] = noise
		}
	}
	doc.Search = &t
	var out bytes.Buffer
	fmt.Fprintln(&out, "# The study that the flags of the Python original ask for.")
	if err := toml.NewEncoder(&out).Encode(doc); err != nil {
		return nil, fmt.Errorf("writing the study: %w", err)
	}
	return out.Bytes(), nil
}

// ofSearch are the flags that the study is made from.
var ofSearch = map[string]bool{"ho": true, "use_ho_uid": true, "uid": true}
