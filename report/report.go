package report

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/renameio/v2"
	"golang.org/x/sync/errgroup"
)

// Write writes the report of one run, or of several side by side, into dir:
// index.html and, under figures/, every figure as SVG, PNG and PDF. dir is
// made if needed; each file is replaced as a whole, index.html last.
//
// The error names the file that could not be written, or the run whose parts
// contradict each other (widths and lengths that do not match).
func Write(dir string, runs []Run) error {
	for i := range runs {
		if err := runs[i].check(); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	names := shortNames(runs)
	sections := figureSections(runs, names)
	if err := os.MkdirAll(filepath.Join(dir, figuresDir), 0o755); err != nil {
		return fmt.Errorf("report: make folder: %w", err)
	}
	if err := writeFigures(dir, sections); err != nil {
		return err
	}
	html, err := renderPage(runs, names, sections)
	if err != nil {
		return fmt.Errorf("report: build page: %w", err)
	}
	return writeFile(filepath.Join(dir, "index.html"), html)
}

// figuresDir is the folder of the figures, beside the page.
const figuresDir = "figures"

// figureSection is a group of figures in the page.
type figureSection struct {
	id, title, lead string
	figures         []figure
}

// figureSections returns all figures that the runs have data for.
func figureSections(runs []Run, names []string) []figureSection {
	features := figureSection{id: "features", title: "Features",
		lead: "Where the network puts its samples just before the classifier. Training and test samples of a run are drawn on the same axes."}
	for i := range runs {
		prefix := ""
		if len(runs) > 1 {
			prefix = fmt.Sprintf("run%d-", i+1)
		}
		features.figures = append(features.figures, scatterFigures(&runs[i], runLabel(names, i), prefix)...)
	}
	collapse := figureSection{id: "collapse-metrics", title: "Neural collapse"}
	if f, ok := collapseFigure(runs, names); ok {
		collapse.figures = append(collapse.figures, f)
	}
	collapse.figures = append(collapse.figures, extraFigures(runs, names)...)
	training := figureSection{id: "training", title: "Training", lead: trainingLead(runs, names), figures: trainingFigures(runs, names)}
	var out []figureSection
	for _, s := range []figureSection{features, collapse, training} {
		if len(s.figures) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// writeFigures draws figures side by side, one a processor.
func writeFigures(dir string, sections []figureSection) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range sections {
		for i := range s.figures {
			group.Go(func() error { return writeFigure(dir, &s.figures[i]) })
		}
	}
	return group.Wait()
}

func writeFigure(dir string, f *figure) error {
	base := filepath.Join(dir, figuresDir, f.name)
	if err := writeFile(base+".svg", f.svg()); err != nil {
		return err
	}
	for _, format := range []struct {
		extension string
		render    func() ([]byte, error)
	}{{".png", f.png}, {".pdf", f.pdf}} {
		data, err := format.render()
		if err != nil {
			return fmt.Errorf("report: draw %s%s: %w", base, format.extension, err)
		}
		if err := writeFile(base+format.extension, data); err != nil {
			return err
		}
	}
	return nil
}

// writeFile replaces a file as a whole.
func writeFile(path string, data []byte) error {
	if err := renameio.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return nil
}
