package study

import (
	"errors"
	"maps"
	"os"
	"time"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// final returns the last training of a cell whose trials have all ended, made if
// need be; nil when it is done or there is none. waits says that another process
// is at it.
func (r *runner) final(c *Cell) (t *Trial, waits bool, err error) {
	b := r.books[c.Index]
	if r.plan.Search == nil || !r.plan.Search.Retrain || b.ended < c.Trials || b.best == nil {
		return nil, false, nil
	}
	id := finalID(c.Index)
	if _, done := r.contents.Finals[id]; done || r.active["final-"+id] != nil {
		return nil, false, nil
	}
	next := r.finalTrial(c, b.best)
	dir := next.dir(r.dir)
	switch res, ok, err := readResult(dir); {
	case errors.Is(err, errDamaged):
		if err := r.mendResult(dir); err != nil {
			return nil, false, err
		}
	case ok || err != nil:
		r.contents.Finals[id] = res
		return nil, false, err
	}
	if files.Exists(dir) {
		t, err := readTrial(dir)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, errDamaged) {
			t, err = next, r.rewrite(next, err)
		}
		if err != nil {
			return nil, false, err
		}
		return r.adoptFinal(t)
	}
	if made, err := next.publish(r.dir); err != nil || !made {
		return nil, true, err
	}
	return &next, false, nil
}

// adoptFinal takes away the claim of a dead process.
func (r *runner) adoptFinal(t Trial) (*Trial, bool, error) {
	claims, err := readClaims(r.dir)
	if err != nil {
		return nil, true, err
	}
	c, held := claims[t.claim()]
	if !held {
		return &t, false, nil
	}
	runners, err := readRunners(r.dir)
	if _, alive := runners[c.Runner]; alive || err != nil {
		return nil, true, err
	}
	took, err := r.reg.takeOver(t.claim())
	if !took || err != nil {
		return nil, true, err
	}
	return &t, false, nil
}

// finalTrial is the best setting of a cell, trained on all data.
func (r *runner) finalTrial(c *Cell, best *Result) Trial {
	t := Trial{
		ID: finalID(c.Index), Number: best.Number, Cell: c.Index, Index: best.Index, Final: true,
		Grid: c.Values, Params: best.Params, Objective: r.plan.Search.Objective.String(), Created: time.Now(),
	}
	t.Settings = r.plan.Settings(c, best.Params)
	delete(t.Settings, "until") // it is tested and reported, however far the trials went
	maps.Copy(t.Settings, r.plan.Final)
	r.settle(t.Settings)
	return t
}
