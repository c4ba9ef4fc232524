package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/google/renameio/v2"
	"golang.org/x/sync/errgroup"

	"github.com/memdil/memdil/metrics"
)

// Write writes the report of one run, or of several side by side, into dir:
// index.html and, under figures/, every figure as SVG, PNG and PDF. dir is
// made if needed; each file is replaced as a whole, index.html last, and
// figures of an earlier report that this one lacks are removed.
//
// The error names the file that could not be written, or the run whose parts
// contradict each other (widths and lengths that do not match). It is
// [ErrForeign] where dir has an index.html that is not a report, unless that is
// to be replaced.
func Write(dir string, r Report) error {
	for i := range r.Runs {
		if err := r.Runs[i].check(); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	old, err := earlierFigures(dir)
	if err != nil && !(r.Replace && errors.Is(err, ErrForeign)) {
		return err
	}
	c := newComparison(r.Runs)
	sections := figureSections(c, r.Dilation, r.Search)
	if err := os.MkdirAll(filepath.Join(dir, figuresDir), 0o755); err != nil {
		return fmt.Errorf("report: make folder: %w", err)
	}
	if err := writeFigures(dir, sections); err != nil {
		return err
	}
	html, err := renderPage(r, c, sections)
	if err != nil {
		return fmt.Errorf("report: build page: %w", err)
	}
	if err := writeFile(filepath.Join(dir, "index.html"), html); err != nil {
		return err
	}
	return removeStale(dir, old, sections)
}

// figuresDir is the folder of the figures, beside the page.
const figuresDir = "figures"

// figureSection is a group of figures in the page.
type figureSection struct {
	id, title, lead string
	figures         []figure
	noise           *noiseTable // below the figures; nil for none
}

// figureSections returns all figures that the runs have data for.
func figureSections(c *comparison, dilation *metrics.MDStatistics, search *Search) []figureSection {
	collapse := figureSection{id: "collapse-metrics", title: "Neural collapse"}
	if f, ok := collapseFigure(c); ok {
		collapse.figures = append(collapse.figures, f)
	}
	main, further := metricFigures(c)
	collapse.figures = append(collapse.figures, main...)
	var out []figureSection
	for _, s := range []figureSection{
		searchSection(search),
		dilationSection(dilation),
		sampleSection(c),
		collapse,
		{id: "further-measures", title: "Further measures over epochs", figures: further},
		{id: "training", title: "Training", lead: trainingLead(c), figures: trainingFigures(c)},
	} {
		if len(s.figures) > 0 || s.noise != nil {
			out = append(out, s)
		}
	}
	return out
}

// sampleSection has the figures that show single samples, run by run.
func sampleSection(c *comparison) figureSection {
	s := figureSection{id: "features", title: "Features",
		lead: "Where the network puts its samples just before the classifier. Training and test samples of a run are drawn on the same axes."}
	sampled := c.sampled()
	if len(sampled) < len(c.runs) {
		s.lead += fmt.Sprintf(" Of %d runs %d are shown: the first of each group.", len(c.runs), len(sampled))
	}
	for _, i := range sampled {
		prefix := ""
		if len(c.runs) > 1 {
			prefix = fmt.Sprintf("run%d-", i+1)
		}
		r, name := &c.runs[i], c.label(i)
		s.figures = append(s.figures, scatterFigures(r, name, prefix)...)
		if f, ok := distanceFigure(r, name, prefix); ok {
			s.figures = append(s.figures, f)
		}
		if f, ok := reliabilityFigure(r, name, prefix); ok {
			s.figures = append(s.figures, f)
		}
	}
	return s
}

// ErrForeign reports a page that this package has not written and does not
// replace.
var ErrForeign = errors.New("index.html is there and is not a report of memdil")

// signature is what every page ends with.
const signature = "<p>Written by memdil.</p>"

// figureLink is a link to a figure's file.
var figureLink = regexp.MustCompile(`href="(` + figuresDir + `/[\w.-]+\.(?:svg|png|pdf))"`)

// earlierFigures returns the files of the figures that the report in dir has,
// nil where there is none.
func earlierFigures(dir string) ([]string, error) {
	page := filepath.Join(dir, "index.html")
	html, err := os.ReadFile(page)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("report: write %s: %w", page, err)
	case !bytes.Contains(html, []byte(signature)):
		return nil, fmt.Errorf("report: %s: %w", dir, ErrForeign)
	}
	var files []string
	for _, m := range figureLink.FindAllSubmatch(html, -1) {
		files = append(files, string(m[1]))
	}
	return files, nil
}

// removeStale removes the figures of an earlier report that this one lacks.
func removeStale(dir string, old []string, sections []figureSection) error {
	written := make(map[string]bool)
	for _, s := range sections {
		for _, f := range s.figures {
			for _, extension := range figureFormats {
				written[figuresDir+"/"+f.name+"."+extension] = true
			}
		}
	}
	for _, file := range old {
		if written[file] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(file))); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("report: remove old figure: %w", err)
		}
	}
	return nil
}

// figureFormats are the files of a figure, by their extension.
var figureFormats = []string{"svg", "png", "pdf"}

// writeFigures draws figures side by side, one a processor.
func writeFigures(dir string, sections []figureSection) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range sections {
		for i := range s.figures {
			group.Go(func() error { return writeFigure(filepath.Join(dir, figuresDir), &s.figures[i]) })
		}
	}
	return group.Wait()
}

func writeFigure(dir string, f *figure) error {
	base := filepath.Join(dir, f.name)
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
