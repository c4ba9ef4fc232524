package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// Results are the metrics of a run: the content of metrics.json.
type Results struct {
	Train *metrics.Result `json:"train"`
	Test  *metrics.Result `json:"test"`
}

// resultsLimit is more bytes than metrics.json takes, with however many classes
// and features.
const resultsLimit = 2 << 30

// Read reads metrics.json.
func Read(path string) (*Results, error) {
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

// writeMatrices writes matrices to the folder dir, which is made if needed: one
// NAME.npy each, and all as rows of dir.arrow, with their names, numbers of rows
// and columns, and values, row-major.
func writeMatrices(dir string, m metrics.Matrices) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder for matrices: %w", err)
	}
	var names []string
	var rows, cols []int32
	var values features.Lists
	for _, x := range m {
		if err := arrowfile.WriteNPY(filepath.Join(dir, x.Name+".npy"), x.Data, x.Rows, x.Cols); err != nil {
			return err
		}
		names, rows, cols, values = append(names, x.Name), append(rows, int32(x.Rows)), append(cols, int32(x.Cols)), append(values, x.Data)
	}
	return features.WriteTable(dir+".arrow", nil,
		features.Column{Name: "name", Values: names}, features.Column{Name: "rows", Values: rows},
		features.Column{Name: "cols", Values: cols}, features.Column{Name: "values", Values: values})
}

// WriteMatrices writes those of both splits, where there are any, below a
// folder.
func (r *Results) WriteMatrices(dir string) error {
	var errs []error
	for _, split := range []*metrics.Result{r.Train, r.Test} {
		if split != nil && split.Matrices != nil {
			errs = append(errs, writeMatrices(filepath.Join(dir, split.Split), *split.Matrices))
		}
	}
	return errors.Join(errs...)
}

// Write writes what was measured of feature files to the folder dir, which is
// made if needed: metrics.json, statistics.arrow, the matrices if there are
// any, all tables in the given formats too.
func (r *Results) Write(dir string, formats ...arrowfile.Format) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder for metrics: %w", err)
	}
	results := []*metrics.Result{r.Train}
	if r.Test != nil {
		results = append(results, r.Test)
	}
	if err := files.WriteJSON(filepath.Join(dir, runfolder.MetricsFile), r); err != nil {
		return err
	}
	statistics := filepath.Join(dir, runfolder.StatisticsFile)
	if err := writeStatistics(statistics, results...); err != nil {
		return err
	}
	if err := r.WriteMatrices(filepath.Join(dir, runfolder.MatricesDir)); err != nil {
		return err
	}
	return arrowfile.Convert(statistics, formats...)
}

// AddTo adds the defined numbers to the record of their epoch.
func (r *Results) AddTo(e *history.Epoch) {
	e.Add("train", r.Train)
	e.Add("test", r.Test)
}
