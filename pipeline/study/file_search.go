package study

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/settings"
)

// readSearch reads [search], but for the space, which cells read.
func (p *Plan) readSearch(d *document) error {
	t := d.Search
	if t == nil {
		return nil
	}
	s := Search{Trials: t.Trials, Retrain: t.Retrain == nil || *t.Retrain}
	var err error
	if s.Sampler, err = samplerOf(t.Sampler); err != nil {
		return err
	}
	if s.Scheduler, err = schedulerOf(t.Scheduler); err != nil {
		return err
	}
	if s.Objective, err = parseObjective(t.Objective); err != nil {
		return err
	}
	switch {
	case len(t.Space) == 0:
		return hinted("search.space", "there is nothing to search", "add a table [search.space], or leave [search] out: the grid alone has one trial a cell")
	case t.Trials < 0 || t.Trials == 0 && s.Sampler != search.Grid:
		return hinted("search.trials", "must be at least 1", "say how many trials each cell of the grid has")
	case s.Scheduler != search.NoScheduler && !s.Objective.byEpoch():
		return hinted("search.scheduler", fmt.Sprintf("%s is not known before a trial ends, so that no scheduler can stop one", s.Objective), "take a column of the history, such as val_accuracy, or no scheduler")
	case t.MinEpochs < 0 || t.Startup < 0 || t.Reduction < 0 || t.Reduction == 1:
		return mistake("search", "min_epochs and startup must not be negative, and reduction at least 2")
	}
	s.Options = search.SchedulerOptions{MinEpochs: t.MinEpochs, Reduction: t.Reduction, Startup: t.Startup}
	e, err := experiment(p.Experiment)
	if err != nil {
		return within("experiment", err)
	}
	s.Seed = uint64(e.Seed)
	if t.Seed != nil {
		s.Seed = uint64(*t.Seed)
	}
	p.Search = &s
	return nil
}

// spaceOf returns what is searched in a cell: without what its values or the
// experiment's settings rule out.
func (p *Plan) spaceOf(c Cell, space map[string]paramTable) (search.Space, error) {
	tables, err := p.canonicalSpace(c, space)
	if err != nil {
		return nil, err
	}
	fixed, err := experiment(p.Settings(&c, nil))
	if err != nil {
		return nil, within("grid", err)
	}
	var out search.Space
	dropped := map[string]bool{}
	for len(tables) > 0 {
		before := len(tables)
		for _, s := range settings.Table() {
			t, ok := tables[s.Name]
			if !ok || waits(t, tables) {
				continue
			}
			delete(tables, s.Name)
			param, holds, err := t.param(s, fixed, out, dropped)
			if err != nil {
				return nil, err
			}
			if dropped[s.Name] = !holds; holds {
				out = append(out, param)
			}
		}
		if len(tables) == before {
			return nil, mistake("search.space", "the conditions of %s go round in a circle", strings.Join(slices.Sorted(maps.Keys(tables)), ", "))
		}
	}
	if err := out.Check(); err != nil {
		return nil, mistake("search.space", "%v", err)
	}
	return out, nil
}

// canonicalSpace returns the space by the settings' own names, in which the
// conditions are named too.
func (p *Plan) canonicalSpace(c Cell, space map[string]paramTable) (map[string]paramTable, error) {
	tables := map[string]paramTable{}
	for key, t := range space {
		s, err := settings.Lookup(key)
		if err != nil {
			return nil, within("search.space", err)
		}
		_, inGrid := c.Values[s.Name]
		_, inExperiment := p.Experiment[s.Name]
		if _, twice := tables[s.Name]; twice || inGrid || inExperiment {
			return nil, hinted("search.space."+s.Name, "given twice", "a setting is either one of the experiment, of the grid or of the space")
		}
		when := map[string]any{}
		for parent, values := range t.When {
			ps, err := settings.Lookup(parent)
			if err != nil {
				return nil, within("search.space."+s.Name+".when", err)
			}
			when[ps.Name] = values
		}
		t.When = when
		p.condition(s.Name, when)
		tables[s.Name] = t
	}
	return tables, nil
}

// condition notes the conditions of a setting in words.
func (p *Plan) condition(name string, when map[string]any) {
	text := ""
	for _, parent := range slices.Sorted(maps.Keys(when)) {
		text += fmt.Sprintf(" when %s is %v", parent, when[parent])
	}
	if p.conditions == nil {
		p.conditions = map[string]string{}
	}
	p.conditions[name] = text
}

// waits reports whether a parameter depends on one that is still to be read.
func waits(t paramTable, rest map[string]paramTable) bool {
	for parent := range t.When {
		if _, ok := rest[parent]; ok {
			return true
		}
	}
	return false
}

// param returns the parameter of a setting, and false if a condition on what is
// fixed does not hold. Conditions on earlier parameters are kept.
func (t paramTable) param(s settings.Setting, fixed settings.Experiment, before search.Space, dropped map[string]bool) (search.Param, bool, error) {
	key := "search.space." + s.Name
	p, err := t.distribution(key)
	if err != nil {
		return p, false, err
	}
	p.Name = s.Name
	if err := checkValues(p, s); err != nil {
		return p, false, err
	}
	for _, parent := range slices.Sorted(maps.Keys(t.When)) {
		values, ok := t.When[parent].([]any)
		if !ok {
			values = []any{t.When[parent]}
		}
		ps, err := settings.Lookup(parent)
		if err != nil {
			return p, false, within(key, err)
		}
		wanted, err := textsOf(ps, values)
		if err != nil {
			return p, false, within(key+".when", err)
		}
		i := slices.IndexFunc(before, func(q search.Param) bool { return q.Name == parent })
		switch {
		case i >= 0:
			c, err := conditionOn(before[i], ps, wanted)
			if err != nil {
				return p, false, within(key+".when", err)
			}
			p.When = append(p.When, c)
		case dropped[parent], !slices.Contains(wanted, ps.Text(fixed)):
			return p, false, nil
		}
	}
	return p, true, nil
}

// textsOf returns values of a setting as it spells them.
func textsOf(s settings.Setting, values []any) ([]string, error) {
	var out []string
	for _, v := range values {
		e := settings.Defaults()
		if err := e.SetValue(s.Name, v); err != nil {
			return nil, err
		}
		out = append(out, s.Text(e))
	}
	return out, nil
}

// conditionOn is a condition on an earlier choice: its values, in the spelling
// of the space, that are among the wanted.
func conditionOn(parent search.Param, s settings.Setting, wanted []string) (search.Condition, error) {
	c := search.Condition{Param: parent.Name}
	for _, v := range parent.Choices {
		texts, err := textsOf(s, []any{v})
		if err != nil {
			return c, err
		}
		if slices.Contains(wanted, texts[0]) {
			c.Values = append(c.Values, v)
		}
	}
	if len(c.Values) == 0 {
		return c, mistake(s.Name, "%s is not among its choices, or it is no choice", strings.Join(wanted, ", "))
	}
	return c, nil
}

// distribution reads how a parameter is drawn.
func (t paramTable) distribution(key string) (search.Param, error) {
	p := search.Param{Points: t.Points}
	given := 0
	for _, r := range []struct {
		kind search.Kind
		ends []any
	}{{search.Log, t.Log}, {search.Uniform, t.Uniform}, {search.Int, t.Int}, {search.LogInt, t.LogInt}} {
		if r.ends == nil {
			continue
		}
		given++
		p.Kind = r.kind
		lo, okLo := numberOf(r.ends, 0)
		hi, okHi := numberOf(r.ends, 1)
		if len(r.ends) != 2 || !okLo || !okHi {
			return p, hinted(key, "a range has two ends", fmt.Sprintf("write %s = [LOWEST, HIGHEST]", r.kind))
		}
		p.Lo, p.Hi = lo, hi
	}
	if t.Choice != nil {
		given++
		p.Kind, p.Choices = search.Choice, t.Choice
	}
	if given != 1 {
		return p, hinted(key, "must say in one way how it is drawn", "write one of log, uniform, int, log_int = [LOWEST, HIGHEST] and choice = [VALUES]")
	}
	return p, nil
}

// numberOf returns number i of a list.
func numberOf(list []any, i int) (float64, bool) {
	if i >= len(list) {
		return 0, false
	}
	switch v := list[i].(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}

// checkValues reports values of a parameter that its setting cannot have.
func checkValues(p search.Param, s settings.Setting) error {
	values := p.Choices
	switch p.Kind {
	case search.Choice:
	case search.Int, search.LogInt:
		values = []any{int64(p.Lo), int64(p.Hi)}
	default:
		values = []any{p.Lo, p.Hi}
	}
	for _, v := range values {
		if _, err := canonical("search.space", map[string]any{s.Name: v}); err != nil {
			return err
		}
	}
	return nil
}

// readFinal reads in which settings the last training of the best differs.
func (p *Plan) readFinal(d *document) error {
	if d.Final != nil && (p.Search == nil || !p.Search.Retrain) {
		return hinted("final", "there is no last training without a search that retrains the best", "leave the table out")
	}
	var err error
	if p.Final, err = canonical("final", d.Final); err != nil || p.Search == nil {
		return err
	}
	_, given := p.Final["val_split_prop"]
	_, sampled := p.Experiment["sample_size"]
	if !given && !sampled {
		p.Final["val_split_prop"] = 0.0
	}
	return nil
}

// checkCells has the settings of every cell checked, at a point of its space,
// and what the objective needs of them.
func (p *Plan) checkCells(*document) error {
	for i := range p.Cells {
		c := &p.Cells[i]
		middle := make(search.Point, len(c.Space))
		for j := range middle {
			middle[j] = 0.5
		}
		e, err := experiment(p.Settings(c, c.Space.Decode(middle)))
		if err == nil {
			err = e.Check()
		}
		if err != nil {
			if label := p.Label(c); label != "" {
				return fmt.Errorf("cell %s: %w", label, err)
			}
			return err
		}
		if p.Search != nil && p.Search.Objective.validates() && e.ValSplit == 0 {
			return hinted("search.objective", fmt.Sprintf("%s needs a validation split, but val_split_prop is 0", p.Search.Objective), "leave val_split_prop at its default, without sample_size, or take another objective")
		}
	}
	return nil
}
