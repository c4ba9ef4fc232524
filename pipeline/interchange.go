package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// formats are those that the experiment and this call ask for.
func (r *run) formats() []arrowfile.Format {
	formats, err := arrowfile.ParseFormats(r.exp.Formats)
	if err != nil {
		panic("pipeline: " + err.Error()) // the setting was checked
	}
	return append(formats, r.opts.Formats...)
}

// interchanged is interchange after stages that ended with err.
func (r *run) interchanged(err error) error {
	if err != nil {
		return err
	}
	return r.interchange()
}

// interchange writes the run folder's Arrow files in other formats too, as far
// as that is not done.
func (r *run) interchange() error {
	for _, f := range r.formats() {
		for _, name := range []string{runfolder.SamplesFile, runfolder.HistoryFile, runfolder.TrainFeatures, runfolder.TestFeatures, runfolder.ClassifierFile, runfolder.StatisticsFile} {
			path := r.folder.file(name)
			if files.Exists(path) && !converted(path, f) {
				if err := arrowfile.Convert(path, f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// converted reports whether an Arrow file was written in a format after its
// last change.
func converted(path string, f arrowfile.Format) bool {
	from, err := os.Stat(path)
	if err != nil {
		return false
	}
	dir, file := filepath.Dir(path), filepath.Base(path)
	base := file[:len(file)-len(filepath.Ext(file))]
	names := []string{base + "." + string(f)}
	if f == arrowfile.NPY {
		names, _ = fs.Glob(os.DirFS(dir), base+".*.npy") // the names are memdil's own, without patterns
	}
	older := func(name string) bool {
		to, err := os.Stat(filepath.Join(dir, name))
		return err != nil || to.ModTime().Before(from.ModTime())
	}
	return len(names) > 0 && !slices.ContainsFunc(names, older)
}

// WriteMatrices writes matrices to the folder dir, which is made if needed: one
// NAME.npy each, and all as rows of dir.arrow, with their names, numbers of rows
// and columns, and values, row-major.
func WriteMatrices(dir string, m metrics.Matrices) error {
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

// writeMatrices writes those of both splits, where there are any, below a
// folder.
func (r *Results) writeMatrices(dir string) error {
	var errs []error
	for _, split := range []*metrics.Result{r.Train, r.Test} {
		if split != nil && split.Matrices != nil {
			errs = append(errs, WriteMatrices(filepath.Join(dir, split.Split), *split.Matrices))
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
	if err := r.writeMatrices(filepath.Join(dir, runfolder.MatricesDir)); err != nil {
		return err
	}
	return arrowfile.Convert(statistics, formats...)
}
