package study

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/settings"
)

// origin is study.json.
type origin struct {
	Created time.Time `json:"created"`
	Memdil  string    `json:"memdil"`
	Argv    []string  `json:"argv"`
	Dir     string    `json:"dir"` // of relative paths in study.toml
	// Settings are those that take the place of study.toml's.
	Settings map[string]any `json:"settings,omitempty"`
	// Trials are those of each cell, where the study went on with more than
	// study.toml says; 0 where it did not.
	Trials int `json:"trials,omitempty"`
}

// Is reports whether a folder is a study's, damaged or not.
func Is(dir string) bool { return files.Exists(filepath.Join(dir, StudyFile)) }

// Open returns the plan of a study's folder.
func Open(dir string) (*Plan, error) {
	data, err := os.ReadFile(filepath.Join(dir, StudyFile))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, hinted("", dir+" is no study: it has no "+StudyFile, "name the folder that `memdil study run --study-dir` was given")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the study: %w", err)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%w; copy the file that the study was made from over it", damaged(filepath.Join(dir, StudyFile), "it is empty"))
	}
	o, err := readOrigin(dir)
	if err != nil {
		return nil, err
	}
	p, err := parseIn(data, o.Dir, o.Settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, StudyFile), err)
	}
	if o.Trials > 0 {
		err = p.SetTrials(o.Trials)
	}
	return p, err
}

// readOrigin reads study.json. A study that was made by hand has none.
func readOrigin(dir string) (origin, error) {
	var o origin
	err := readJSON(filepath.Join(dir, originFile), &o)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return origin{}, nil
	case errors.Is(err, errDamaged):
		return o, fmt.Errorf("%w; delete it to go on by %s alone, without the settings of the command line that the study was made with, nor more trials than it says", err, StudyFile)
	}
	return o, err
}

// Create makes the folder of a study, or checks that it is of this one: a study
// that differs in more than how its trials are run is refused.
func Create(dir string, p *Plan, o Options) error {
	if !Is(dir) {
		return p.create(dir, o)
	}
	old, err := Open(dir)
	if err != nil {
		return err
	}
	if differences := p.differences(old); len(differences) > 0 {
		hint := "give this study another --study-dir"
		if len(differences) == 1 && strings.HasPrefix(differences[0], "search.trials:") {
			hint = fmt.Sprintf("`memdil study resume --trials N %s` goes on with more trials", dir)
		}
		return hinted("study-dir", fmt.Sprintf("%s holds another study (%s)", dir, strings.Join(differences, ", ")), hint)
	}
	if !maps.EqualFunc(p.settings, old.settings, func(v, w any) bool { return spelt(v) == spelt(w) }) {
		if err := p.keepSettings(dir); err != nil {
			return err
		}
	}
	if string(p.Source) == string(old.Source) {
		return nil
	}
	return files.Write(filepath.Join(dir, StudyFile), p.Source) // how trials are run may change, and comments
}

// keepSettings writes the settings of p to the study's folder.
func (p *Plan) keepSettings(dir string) error {
	o, err := readOrigin(dir)
	if err != nil {
		return err
	}
	o.Settings = p.settings
	return files.WriteJSON(filepath.Join(dir, originFile), o)
}

func (p *Plan) create(dir string, o Options) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 && !files.Exists(filepath.Join(dir, originFile)) {
		return hinted("study-dir", dir+" is neither empty nor a study", "name a new folder")
	}
	err := os.MkdirAll(filepath.Join(dir, TrialsDir), 0o755)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return hinted("study-dir", dir+" is not a folder", "name a new one")
	case err != nil:
		return fmt.Errorf("making the study: %w", err)
	}
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("making the study: %w", err)
	}
	if p.dir != "" {
		here = p.dir
	}
	made := origin{Created: time.Now(), Memdil: o.Version, Argv: o.Argv, Dir: here, Settings: p.settings}
	if err := files.WriteJSON(filepath.Join(dir, originFile), made); err != nil {
		return err
	}
	return files.Write(filepath.Join(dir, StudyFile), p.Source)
}

// Extend lets each cell of a study's folder have more trials.
func Extend(dir string, trials int) error {
	p, err := Open(dir)
	if err != nil {
		return err
	}
	switch {
	case p.Search == nil:
		return mistake("trials", "%s has no search: its trials are the cells of its grid", dir)
	case trials < p.Search.Trials:
		return hinted("trials", fmt.Sprintf("%d are fewer than the %d that the study has", trials, p.Search.Trials), "a study can only go on with more")
	}
	if err := p.SetTrials(trials); err != nil { // whether it can be done
		return err
	}
	o, err := readOrigin(dir)
	if err != nil {
		return err
	}
	o.Trials = trials
	return files.WriteJSON(filepath.Join(dir, originFile), o)
}

// SetTrials changes the number of trials of each cell.
func (p *Plan) SetTrials(n int) error {
	if p.Search == nil || n == p.Search.Trials {
		return nil
	}
	p.Search.Trials, p.turns = n, nil
	for i := range p.Cells {
		var err error
		if p.Cells[i].Trials, err = p.trialsOf(p.Cells[i]); err != nil {
			return err
		}
	}
	if total := p.Trials(); total > maxTrials {
		return mistake("trials", "the study has %d trials, more than %d", total, maxTrials)
	}
	p.takeTurns()
	return nil
}

// differences lists in what two studies differ, one line each; here is p.
func (p *Plan) differences(other *Plan) []string {
	here, there := p.flat(), other.flat()
	keys := maps.Clone(here)
	maps.Copy(keys, there)
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if here[key] != there[key] {
			lines = append(lines, fmt.Sprintf("%s: %s here, %s there", key, orNone(here[key]), orNone(there[key])))
		}
	}
	return lines
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// changesResults reports whether a setting counts among what makes a study.
func changesResults(name string) bool {
	s, err := settings.Lookup(name)
	return err != nil || s.Hashed
}

// flat is all that makes a study, by the keys of its file: not where data are or
// what computes, which change no result.
func (p *Plan) flat() map[string]string {
	out := map[string]string{}
	for name, v := range p.Experiment {
		if !changesResults(name) {
			continue
		}
		out["experiment."+name] = spelt(v)
	}
	for _, a := range p.Axes {
		out["grid."+a.Name] = listed(a.Values)
	}
	for name, v := range p.Final {
		out["final."+name] = spelt(v)
	}
	s := p.Search
	if s == nil {
		return out
	}
	o := s.Options
	for key, v := range map[string]any{
		"sampler": s.Sampler, "scheduler": s.Scheduler, "trials": p.mostTrials(), "objective": s.Objective, "seed": s.Seed, "retrain": s.Retrain,
		"min_epochs": o.MinEpochs, "reduction": o.Reduction, "startup": o.Startup,
	} {
		out["search."+key] = fmt.Sprint(v)
	}
	for _, c := range p.Cells {
		for _, param := range c.Space {
			key := "search.space." + param.Name
			out[key] = describeParam(param) + p.conditions[param.Name]
		}
	}
	return out
}

// mostTrials is the number of trials of the cell that has most.
func (p *Plan) mostTrials() int {
	most := 0
	for _, c := range p.Cells {
		most = max(most, c.Trials)
	}
	return most
}

// describeParam is a parameter, without its conditions, in words.
func describeParam(p search.Param) string {
	text := fmt.Sprintf("%s from %v to %v", p.Kind, p.Lo, p.Hi)
	if p.Kind == search.Choice {
		text = "choice " + listed(p.Choices)
	}
	if p.Points > 0 {
		text += fmt.Sprintf(" in %d points", p.Points)
	}
	return text
}

func listed(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = spelt(v)
	}
	return "[" + strings.Join(words, " ") + "]"
}
