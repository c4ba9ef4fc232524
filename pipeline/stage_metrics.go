package pipeline

import (
	"context"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// measure is the stage that computes the metrics from the feature files.
func (r *run) measure(ctx context.Context) (facts, error) {
	var results measure.Results
	classifier := runfolder.Classifier(r.folder.path)
	for _, split := range []struct {
		file string
		to   **metrics.Result
	}{{runfolder.TrainFeatures, &results.Train}, {runfolder.TestFeatures, &results.Test}} {
		o := metrics.Options{Full: r.exp.FullMetrics || r.opts.Full, Train: results.Train, Matrices: r.opts.Matrices}
		result, notes, err := measure.Table(ctx, r.folder.file(split.file), classifier, o)
		if err != nil {
			return nil, err
		}
		for _, note := range notes {
			r.log.Info(note, "split", result.Split)
		}
		*split.to = result
	}
	return nil, results.Write(r.folder.path)
}
