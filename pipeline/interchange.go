package pipeline

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/arrowfile"
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
