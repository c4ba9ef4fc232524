package study

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/settings"
)

// Plan is what a study file asks for.
type Plan struct {
	Source     []byte         // the file
	Experiment map[string]any // settings of every trial
	Axes       []Axis         // of the grid, in the order of the table of settings
	Cells      []Cell         // of the grid; one where there is none
	Search     *Search        // nil for one trial a cell
	Final      map[string]any // settings in which the last training of the best differs
	Execute    Execute

	dir      string         // of relative paths; "" for the working directory
	settings map[string]any // that take the place of those of Source
	// conditions are those of the space, in words, by setting.
	conditions map[string]string
	turns      []turn // nil where all cells have as many trials
}

// Axis is a setting with the values that the grid crosses.
type Axis struct {
	Name   string
	Values []any
}

// Cell is a combination of the grid's values.
type Cell struct {
	Index  int
	Values map[string]any
	Space  search.Space // what is searched in the cell; nil without a search
	Trials int
}

// Search is what happens inside every cell.
type Search struct {
	Sampler   search.SamplerKind
	Scheduler search.SchedulerKind
	Trials    int // of each cell
	Objective Objective
	Seed      uint64
	Options   search.SchedulerOptions // but for Epochs and Seed
	Retrain   bool                    // the best setting in the end
}

// Trials returns the number of trials, without those that retrain the best.
func (p *Plan) Trials() int {
	sum := 0
	for _, c := range p.Cells {
		sum += c.Trials
	}
	return sum
}

// At returns the cell of trial number n and the trial's number within it: the
// cells take turns, so that samplers know much of each, and so that numbers stay
// when there are more trials.
func (p *Plan) At(n int) (cell *Cell, index int) {
	if p.turns != nil {
		return &p.Cells[p.turns[n].cell], p.turns[n].index
	}
	return &p.Cells[n%len(p.Cells)], n / len(p.Cells)
}

// turn is a trial's cell and its number within it.
type turn struct{ cell, index int }

// takeTurns lists the trials of cells that have different numbers of them.
func (p *Plan) takeTurns() {
	if !slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Trials != p.Cells[0].Trials }) {
		return
	}
	for index := 0; ; index++ {
		before := len(p.turns)
		for i, c := range p.Cells {
			if index < c.Trials {
				p.turns = append(p.turns, turn{i, index})
			}
		}
		if len(p.turns) == before {
			return
		}
	}
}

// Label names a cell by its values, "" where there is no grid.
func (p *Plan) Label(c *Cell) string {
	var parts []string
	for _, a := range p.Axes {
		parts = append(parts, fmt.Sprintf("%s=%v", a.Name, spelt(c.Values[a.Name])))
	}
	return strings.Join(parts, " ")
}

// spelt is a value as settings spell it.
func spelt(v any) string {
	if f, ok := v.(float64); ok {
		return strings.TrimSuffix(fmt.Sprintf("%.10g", f), ".0")
	}
	return fmt.Sprint(v)
}

// Settings returns the settings of a trial with the given parameters.
func (p *Plan) Settings(c *Cell, params map[string]any) map[string]any {
	s := maps.Clone(p.Experiment)
	maps.Copy(s, c.Values)
	maps.Copy(s, params)
	return s
}

// experiment returns the experiment of settings, not checked yet. Whole numbers
// may have become floats on their way through JSON.
func experiment(values map[string]any) (settings.Experiment, error) {
	table := make(map[string]any, len(values))
	for name, v := range values {
		if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			v = int64(f)
		}
		table[name] = v
	}
	return settings.FromValues(table)
}

// readExperiment settles the names and the relative paths of [experiment].
func (p *Plan) readExperiment(d *document) error {
	var err error
	if p.Experiment, err = canonical("experiment", d.Experiment); err != nil {
		return err
	}
	maps.Copy(p.Experiment, p.settings)
	if _, err := experiment(p.Experiment); err != nil {
		return err
	}
	for _, name := range []string{"data_dir", "graph", "noise_file"} {
		if path, ok := p.Experiment[name].(string); ok && path != "" && path != settings.Embedded && !strings.HasPrefix(path, "~") {
			if !filepath.IsAbs(path) {
				path = filepath.Join(p.dir, path)
			}
			if p.Experiment[name], err = filepath.Abs(path); err != nil {
				return fmt.Errorf("finding %s: %w", path, err)
			}
		}
	}
	for _, name := range []string{"uid", "runs_dir", "force"} {
		if _, given := p.Experiment[name]; given {
			return hinted("experiment."+name, "the study names the folders of its trials itself", "leave it out")
		}
	}
	return nil
}

// canonical returns a table with every setting under its own name, and reports
// settings that do not exist, are given twice or cannot have their values.
func canonical(table string, values map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		s, err := settings.Lookup(key)
		if err != nil {
			return nil, within(table, err)
		}
		if _, twice := out[s.Name]; twice {
			return nil, mistake(table+"."+s.Name, "given twice")
		}
		out[s.Name] = values[key]
	}
	if _, err := experiment(out); err != nil {
		return nil, within(table, err)
	}
	return out, nil
}

// within names the table of a mistake in a setting.
func within(table string, err error) error {
	u, ok := err.(*settings.UsageError) //nolint:errorlint // FromValues and Lookup return it unwrapped
	if !ok {
		return err
	}
	key := table
	if u.Setting != "" {
		key += "." + u.Setting
	}
	return hinted(key, u.Reason, u.Hint)
}

// readGrid reads the axes, in the order of the table of settings.
func (p *Plan) readGrid(d *document) error {
	lists := map[string][]any{}
	for _, key := range slices.Sorted(maps.Keys(d.Grid)) {
		s, err := settings.Lookup(key)
		if err != nil {
			return within("grid", err)
		}
		values, ok := d.Grid[key].([]any)
		if ok && len(values) == 0 {
			return hinted("grid."+s.Name, "the list of values is empty", "leave it out for the experiment's own value")
		}
		if !ok {
			return hinted("grid."+s.Name, "must be a list of values", fmt.Sprintf("write %s = [%v]", s.Name, d.Grid[key]))
		}
		for i, v := range values {
			if _, err := canonical("grid", map[string]any{s.Name: v}); err != nil {
				return err
			}
			if slices.ContainsFunc(values[:i], func(w any) bool { return spelt(w) == spelt(v) }) {
				return mistake("grid."+s.Name, "the value %v stands twice", v)
			}
		}
		if _, both := p.Experiment[s.Name]; both || lists[s.Name] != nil {
			return hinted("grid."+s.Name, "given twice", "a setting is either one of the experiment or one of the grid")
		}
		lists[s.Name] = values
	}
	for _, s := range settings.Table() {
		if lists[s.Name] != nil {
			p.Axes = append(p.Axes, Axis{s.Name, lists[s.Name]})
		}
	}
	return nil
}

// maxTrials is how many trials a study may have.
const maxTrials = 1_000_000

// makeCells crosses the grid, the last axis changing first, and gives every
// cell its space.
func (p *Plan) makeCells(d *document) error {
	cells := []map[string]any{{}}
	for _, a := range p.Axes {
		var more []map[string]any
		if len(cells)*len(a.Values) > maxTrials {
			return mistake("grid", "it has more than %d cells", maxTrials)
		}
		for _, c := range cells {
			for _, v := range a.Values {
				next := maps.Clone(c)
				next[a.Name] = v
				more = append(more, next)
			}
		}
		cells = more
	}
	for i, values := range cells {
		c := Cell{Index: i, Values: values, Trials: 1}
		if p.Search != nil {
			var err error
			if c.Space, err = p.spaceOf(c, d.Search.Space); err != nil {
				return err
			}
			if c.Trials, err = p.trialsOf(c); err != nil {
				return err
			}
		}
		p.Cells = append(p.Cells, c)
	}
	if n := p.Trials(); n > maxTrials {
		return mistake("search.trials", "the study has %d trials, more than %d", n, maxTrials)
	}
	p.takeTurns()
	return nil
}

// trialsOf returns the number of trials of a cell: no more than there are
// combinations for the grid sampler, and all of them unless fewer are asked for.
func (p *Plan) trialsOf(c Cell) (int, error) {
	if len(c.Space) == 0 {
		return 1, nil
	}
	if p.Search.Sampler != search.Grid {
		return p.Search.Trials, nil
	}
	n, err := c.Space.GridSize()
	if err != nil {
		return 0, mistake("search.space", "%v", err)
	}
	if p.Search.Trials > 0 {
		n = min(n, p.Search.Trials)
	}
	return n, nil
}
