package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/memdil/memdil/pipeline/study"
)

// studyView shows a study at work: a line a trial that has ended and, on a
// terminal, how far the study is.
type studyView struct {
	w     io.Writer
	plan  *study.Plan
	bars  *bars // nil without a terminal
	begun int   // trials that had ended before
}

func newStudyView(w io.Writer, p *study.Plan) *studyView {
	v := &studyView{w: w, plan: p, begun: -1}
	if c := consoleOf(w); c.screen() {
		v.bars = &bars{c: c}
	}
	return v
}

// Write prints lines beside the bar.
func (v *studyView) Write(p []byte) (int, error) {
	if v.bars != nil {
		return v.bars.Write(p)
	}
	return v.w.Write(p)
}

// show tells of an event.
func (v *studyView) show(e study.Event) {
	if v.begun < 0 {
		v.begun = e.Done
	}
	if r := e.Ended; r != nil {
		fmt.Fprintln(v, v.line(r, e))
	}
	if v.bars != nil {
		v.bars.show("trials", int64(e.Done), int64(e.Trials), fmt.Sprintf("%d of %d, %d running", e.Done, e.Trials, e.Running))
	}
}

// line says how a trial ended.
func (v *studyView) line(r *study.Result, e study.Event) string {
	name := "trial " + r.ID
	if e.Final {
		name = "best setting " + r.ID
	}
	text := fmt.Sprintf("%s %s", name, r.State)
	if r.Value != nil && v.plan.Search != nil {
		text += fmt.Sprintf(", %s %.6g", v.plan.Search.Objective.Name, *r.Value)
	}
	if a, ok := r.Metrics["test.accuracy_top1"]; ok && r.Value == nil {
		text += fmt.Sprintf(", test accuracy %.2f %%", a)
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if of := settingsLine(r.Grid) + " " + settingsLine(r.Params); of != " " {
		text += fmt.Sprintf(" (%s)", strings.TrimSpace(of))
	}
	return text + fmt.Sprintf(" [%d/%d]", e.Done, e.Trials)
}

// stop ends the view.
func (v *studyView) stop(s study.Summary) {
	if v.bars != nil {
		v.bars.stop()
	}
	if s.Ran > 0 && !math.IsNaN(s.Busy) {
		fmt.Fprintf(v.w, "%s ran here; slots were busy %.1f %% of the time, %.3g ms from a trial's end to the next one's start\n",
			count(s.Ran, "trial"), 100*s.Busy, 1e3*s.Gap.Seconds())
	}
}
