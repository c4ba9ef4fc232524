package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// Results are the metrics of a run: the content of metrics.json.
type Results struct {
	Train *metrics.Result `json:"train"`
	Test  *metrics.Result `json:"test"`
}

// measure is the stage that computes the metrics from the feature files.
func (r *run) measure(ctx context.Context) (map[string]float64, error) {
	var results Results
	classifier := runfolder.Classifier(r.folder.path)
	for _, split := range []struct {
		file string
		to   **metrics.Result
	}{{runfolder.TrainFeatures, &results.Train}, {runfolder.TestFeatures, &results.Test}} {
		o := metrics.Options{Full: r.exp.FullMetrics || r.opts.Full, Train: results.Train, Matrices: r.opts.Matrices}
		result, notes, err := Measure(ctx, r.folder.file(split.file), classifier, o)
		if err != nil {
			return nil, err
		}
		for _, note := range notes {
			r.log.Info(note, "split", result.Split)
		}
		*split.to = result
	}
	if err := files.WriteJSON(r.folder.file(runfolder.MetricsFile), results); err != nil {
		return nil, err
	}
	if err := results.writeMatrices(r.folder.file(runfolder.MatricesDir)); err != nil {
		return nil, err
	}
	return nil, writeStatistics(r.folder.file(runfolder.StatisticsFile), results.Train, results.Test)
}

// resultsLimit is more bytes than metrics.json takes, with however many classes
// and features.
const resultsLimit = 2 << 30

// ReadResults reads metrics.json.
func ReadResults(path string) (*Results, error) {
	data, err := files.ReadUpTo(path, resultsLimit)
	if err != nil {
		return nil, fmt.Errorf("reading metrics: %w: a run has them when it is trained; `memdil metrics` computes them anew", err)
	}
	var r Results
	err = json.Unmarshal(data, &r)
	if err == nil && (r.Train == nil || r.Test == nil) {
		err = errors.New("train or test is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w: `memdil metrics` on the run folder makes it anew", path, err)
	}
	return &r, nil
}
