package pipeline

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memdil/memdil/pipeline/settings"
)

// Action is what becomes of a stage.
type Action string

// The actions.
const (
	Runs    Action = "runs"
	MayRun  Action = "may run"  // if what it reads is not what it was
	IsDone  Action = "done"     // and does not run
	LeftOut Action = "left out" // not asked for
)

// Plan is what Run would do.
type Plan struct {
	Path   string         `json:"path"`   // the run folder
	Backup bool           `json:"backup"` // whether the folder that is there is moved away first
	Stages []PlannedStage `json:"stages"`
}

// PlannedStage is what would become of a stage, and why.
type PlannedStage struct {
	Stage    settings.Stage    `json:"stage"`
	Action   Action            `json:"action"`
	Reason   string            `json:"reason,omitempty"`
	Inputs   []string          `json:"inputs"`   // names in the run folder
	Outputs  []string          `json:"outputs"`  // likewise
	Settings map[string]string `json:"settings"` // that its results depend on and that are not at their defaults
	Hash     string            `json:"hash"`     // of these settings
}

// NewPlan says what Run would do with an experiment, and changes nothing.
// Experiments that Run would refuse are errors.
func NewPlan(e settings.Experiment) (*Plan, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	p := &Plan{Path: filepath.Join(e.RunsDir, e.UID())}
	if _, _, err := netOfNewRun(e, p.Path); err != nil {
		return nil, err
	}
	r := &run{exp: e, folder: &folder{path: p.Path}, manifest: manifest{}, coming: map[string]bool{}}
	mistake := r.readable()
	switch {
	case mistake != nil && !e.Force:
		return nil, mistake
	case e.Force && r.folder.trained():
		r.manifest, p.Backup = manifest{}, true
	}
	if e.ForceRetrain {
		delete(r.manifest, settings.StageTrain)
	}
	if err := r.startable(); err != nil {
		return nil, err
	}
	for _, s := range settings.Stages() {
		next := r.planned(s, p.Stages)
		p.Stages = append(p.Stages, next)
		if next.Action == Runs || next.Action == MayRun {
			for _, name := range next.Outputs {
				r.coming[name] = true
			}
		}
	}
	return p, nil
}

// readable reads what is known of the run folder, without holding it.
func (r *run) readable() error {
	if !r.folder.trained() {
		return nil
	}
	if err := r.folder.matches(r.exp); err != nil {
		return err
	}
	m, err := readManifest(r.folder)
	if err == nil {
		r.manifest = m
	}
	return ignoreDamage(err)
}

// planned says what becomes of a stage when those before it go as planned.
func (r *run) planned(s settings.Stage, before []PlannedStage) PlannedStage {
	w := workOf(s)
	p := PlannedStage{
		Stage: s, Action: IsDone, Inputs: w.inputs, Outputs: w.outputs,
		Settings: r.exp.Hashed(s), Hash: r.exp.Hash(s),
	}
	if !slices.Contains(r.exp.Asked(), s) {
		p.Action = LeftOut
		return p
	}
	p.Reason = r.reason(s)
	if p.Reason != "" {
		p.Action = Runs
		if s == settings.StageTrain {
			p.Reason += r.resumption()
		}
		return p
	}
	for _, b := range before {
		if changed := common(b.Outputs, w.inputs); len(changed) > 0 && (b.Action == Runs || b.Action == MayRun) {
			p.Action = MayRun
			p.Reason = fmt.Sprintf("if stage %s writes another %s", b.Stage, strings.Join(changed, ", "))
			break
		}
	}
	return p
}

// resumption says from where training would go on.
func (r *run) resumption() string {
	if r.exp.Force || r.exp.ForceRetrain {
		return ""
	}
	c, err := r.folder.checkpoints().Peek()
	if err != nil || c.Key != r.exp.Hash(settings.StageTrain) {
		return ""
	}
	return fmt.Sprintf("; it goes on after %d of %d epochs, batch %d", c.Position.Epoch, r.exp.Epochs, c.Position.Batch)
}

// common returns the names that are in both lists.
func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}
