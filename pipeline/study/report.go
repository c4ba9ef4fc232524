package study

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/report"
)

// Report writes the report of a study to a folder: that of its trials' runs,
// and what the search found.
func Report(to, dir string) error {
	p, err := Open(dir)
	if err != nil {
		return err
	}
	if p.Search == nil {
		return compare.Report(to, dir)
	}
	c, err := ReadContents(dir)
	if err != nil {
		return err
	}
	return compare.ReportStudy(to, dir, p.searched(c))
}

// searched says what the trials that have ended found.
func (p *Plan) searched(c *Contents) *report.Search {
	s := &report.Search{Objective: p.Search.Objective.Name, Minimise: p.Search.Objective.Minimise}
	axes := p.axesOf(s)
	done := make([][]search.Observation, len(p.Cells))
	results := slices.SortedFunc(maps.Values(c.Results), func(a, b Result) int { return cmp.Compare(a.Number, b.Number) })
	for _, r := range results {
		if r.Cell < 0 || r.Cell >= len(p.Cells) {
			continue
		}
		cell := &p.Cells[r.Cell]
		point, err := cell.Space.Encode(r.Params)
		if err != nil {
			continue // a trial of an older study file
		}
		t := report.SearchTrial{Group: p.Label(cell), At: make([]float64, len(s.Axes)), Value: math.NaN(), Pruned: r.State == Pruned}
		for j := range t.At {
			t.At[j] = math.NaN()
		}
		for i, param := range cell.Space {
			t.At[axes[param.Name]] = point[i]
		}
		if r.Value != nil && r.State != Failed {
			t.Value = *r.Value
		}
		s.Trials = append(s.Trials, t)
		if loss, ok := p.Search.observed(r); ok {
			done[r.Cell] = append(done[r.Cell], search.Observation{Point: point, Loss: loss})
		}
	}
	p.weigh(s, axes, done)
	return s
}

// axesOf gives s an axis for every setting that any cell searches, and returns
// their places by name.
func (p *Plan) axesOf(s *report.Search) map[string]int {
	axes := map[string]int{}
	for _, cell := range p.Cells {
		for _, param := range cell.Space {
			if _, there := axes[param.Name]; !there {
				axes[param.Name] = len(s.Axes)
				s.Axes = append(s.Axes, report.SearchAxis{Name: param.Name, Ticks: ticksOf(param), Importance: math.NaN()})
			}
		}
	}
	return axes
}

// ticksOf are the choices of a parameter, or the ends of its range.
func ticksOf(p search.Param) []report.SearchTick {
	if p.Kind != search.Choice {
		return []report.SearchTick{{Place: 0, Label: fmt.Sprintf("%.4g", p.Lo)}, {Place: 1, Label: fmt.Sprintf("%.4g", p.Hi)}}
	}
	ticks := make([]report.SearchTick, len(p.Choices))
	for i, v := range p.Choices {
		ticks[i] = report.SearchTick{Place: (float64(i) + 0.5) / float64(len(p.Choices)), Label: spelt(v)}
	}
	return ticks
}

// weigh fills the importance of each setting: the mean over the cells that have
// trials enough to tell.
func (p *Plan) weigh(s *report.Search, axes map[string]int, done [][]search.Observation) {
	sums, cells := make([]float64, len(s.Axes)), 0
	for i, cell := range p.Cells {
		shares := search.Importance(cell.Space, done[i])
		if shares == nil {
			continue
		}
		cells++
		for j, share := range shares {
			sums[axes[cell.Space[j].Name]] += share
		}
	}
	for j := range s.Axes {
		if cells > 0 {
			s.Axes[j].Importance = sums[j] / float64(cells)
		}
	}
}
