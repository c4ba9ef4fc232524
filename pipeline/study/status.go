package study

import (
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// Status is where a study stands.
type Status struct {
	Study    string       `json:"study"`
	Trials   int          `json:"trials"`   // that the study has in all
	Finished int          `json:"finished"` // have a result and did not fail, pruned ones among them
	Pruned   int          `json:"pruned"`   // were given up by the scheduler
	Failed   int          `json:"failed"`
	Running  int          `json:"running"` // are claimed by a living process
	Waiting  int          `json:"waiting"` // have not begun, or were interrupted
	Finals   int          `json:"finals"`  // last trainings that have ended
	Runners  int          `json:"runners"` // processes that work on the study
	Slots    int          `json:"slots"`   // of these processes
	Done     bool         `json:"done"`    // whether nothing is left to do
	ETA      *float64     `json:"eta_seconds"`
	Failures []Failure    `json:"failures,omitempty"`
	Damaged  []string     `json:"damaged,omitempty"` // folders of trials that wait since their results are damaged
	Cells    []CellStatus `json:"cells"`
}

// Failure counts the trials that failed for one reason.
type Failure struct {
	Failure string `json:"failure"`
	Count   int    `json:"count"`
	Trial   string `json:"trial"` // one of them
	Reason  string `json:"reason"`
}

// CellStatus is where a cell of the grid stands.
type CellStatus struct {
	Label  string         `json:"label"`
	Grid   map[string]any `json:"grid,omitempty"`
	Trials int            `json:"trials"`
	Ended  int            `json:"ended"`
	Failed int            `json:"failed"`
	Best   *Result        `json:"best,omitempty"`  // of the search
	Final  *Result        `json:"final,omitempty"` // its last training
}

// ReadStatus reads where a study stands.
func ReadStatus(dir string) (*Status, error) {
	p, err := Open(dir)
	if err != nil {
		return nil, err
	}
	c, err := ReadContents(dir)
	if err != nil {
		return nil, err
	}
	s := &Status{Study: dir, Trials: p.Trials(), Damaged: c.Damaged}
	for i := range p.Cells {
		s.Cells = append(s.Cells, CellStatus{Label: p.Label(&p.Cells[i]), Grid: p.Cells[i].Values, Trials: p.Cells[i].Trials})
	}
	s.count(p, c)
	if err := s.countClaims(dir); err != nil {
		return nil, err
	}
	s.Trials = max(s.Trials, len(c.Results)+s.Running)
	s.Waiting = max(0, s.Trials-len(c.Results)-s.Running)
	wanted := 0
	for i := range s.Cells {
		if p.Search != nil && p.Search.Retrain && s.Cells[i].Best != nil {
			wanted++
		}
	}
	s.Done = s.Waiting == 0 && s.Running == 0 && s.Finals >= wanted
	s.estimate(c)
	return s, nil
}

// count counts results.
func (s *Status) count(p *Plan, c *Contents) {
	failures := map[string]*Failure{}
	for _, r := range c.Results {
		var cell *CellStatus
		if r.Cell >= 0 && r.Cell < len(s.Cells) {
			cell = &s.Cells[r.Cell]
			cell.Ended++
		}
		switch r.State {
		case Failed:
			s.Failed++
			if cell != nil {
				cell.Failed++
			}
			f := failures[r.Failure]
			if f == nil {
				f = &Failure{Failure: r.Failure}
				failures[r.Failure] = f
			}
			if f.Count++; f.Trial == "" || r.ID < f.Trial {
				f.Trial, f.Reason = r.ID, r.Reason
			}
			continue
		case Pruned:
			s.Pruned++
		}
		s.Finished++
		if cell != nil && p.Search != nil && p.Search.better(r, cell.Best) {
			cell.Best = &r
		}
	}
	for _, f := range failures {
		s.Failures = append(s.Failures, *f)
	}
	slices.SortFunc(s.Failures, func(a, b Failure) int { return b.Count - a.Count })
	for _, r := range c.Finals {
		s.Finals++
		if r.Cell >= 0 && r.Cell < len(s.Cells) {
			s.Cells[r.Cell].Final = &r
		}
	}
}

// countClaims counts the trials that living processes run.
func (s *Status) countClaims(dir string) error {
	claims, err := readClaims(dir)
	if err != nil {
		return err
	}
	runners, err := readRunners(dir)
	if err != nil {
		return err
	}
	for name, c := range claims {
		if _, alive := runners[c.Runner]; alive && numberOfTrial(name) >= 0 && !files.Exists(filepath.Join(dir, TrialsDir, name, ResultFile)) {
			s.Running++
		}
	}
	for _, r := range runners {
		s.Runners++
		s.Slots += r.Concurrency
	}
	return nil
}

// estimate says how long the rest will take, going by the trials so far.
func (s *Status) estimate(c *Contents) {
	left := s.Waiting + s.Running
	if left == 0 || s.Slots == 0 {
		return
	}
	seconds, n := 0.0, 0
	for _, r := range c.Results {
		if d := r.Busy(); d > 0 {
			seconds, n = seconds+d.Seconds(), n+1
		}
	}
	if n == 0 {
		return
	}
	rounds := math.Max(float64(left)/float64(s.Slots), 1) - 0.5*float64(min(s.Running, 1)) // those that run are half done
	eta := rounds * seconds / float64(n)
	s.ETA = &eta
}

// Remaining is ETA as a duration; ok is false where nothing is known.
func (s *Status) Remaining() (d time.Duration, ok bool) {
	if s.ETA == nil {
		return 0, false
	}
	return time.Duration(*s.ETA * float64(time.Second)), true
}

// RunFolder returns the run folder of a result.
func RunFolder(dir string, r *Result, final bool) string {
	if final {
		return filepath.Join(dir, FinalDir, r.ID)
	}
	return filepath.Join(dir, TrialsDir, r.ID)
}

// Command returns the experiment of a trial of a study, to be shown or run
// again.
func Command(dir string, final bool, id string) (settings.Experiment, error) {
	t, err := readTrial(Trial{ID: id, Final: final}.dir(dir))
	if err != nil {
		return settings.Experiment{}, err
	}
	return experiment(t.Settings)
}
