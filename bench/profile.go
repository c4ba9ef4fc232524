package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// StepProfile says what a training graph spends a step on: the host loop's
// whole graph, or a step of the device loop.
type StepProfile struct {
	Steps     int
	Operators []Operator // the costliest first
	// Strays are operators that copy between devices, or run on another than
	// the graph: what a step must not have.
	Strays []Operator
}

// Operator sums up the nodes of one operator.
type Operator struct {
	Op, Provider string
	Count        int
	Time         time.Duration
}

// Nodes returns the number of nodes a step.
func (p *StepProfile) Nodes() float64 {
	count := 0
	for _, o := range p.Operators {
		count += o.Count
	}
	return float64(count) / float64(p.Steps)
}

// Profile trains so many steps while the runtime notes every operator's time,
// and reads its notes. file, unless it is "", keeps them.
func Profile(ctx context.Context, rt *ort.Runtime, c train.Config, steps int, augment bool, file string) (*StepProfile, error) {
	dir, err := os.MkdirTemp("", "memdil-profile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c.Profile = filepath.Join(dir, "profile")
	s, err := NewStepper(rt, c, steps, augment)
	if err != nil {
		return nil, err
	}
	err = s.Run(ctx, steps, nil)
	done := s.trainer.Position()
	s.Close() // which writes the file
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(c.Profile + "*")
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the runtime left %d profiles", len(found))
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		return nil, err
	}
	if file != "" {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, err
		}
	}
	p := &StepProfile{Steps: int(done.Steps)}
	return p, p.read(text, provider(c.Device))
}

// provider is the runtime's name of what computes on a device.
func provider(d ort.Device) string {
	if d.Kind == ort.CUDA {
		return "CUDAExecutionProvider"
	}
	return "CPUExecutionProvider"
}

// event is a line of a profile, in the format of Chrome's tracing.
type event struct {
	Category string `json:"cat"`
	Name     string `json:"name"`
	Start    int64  `json:"ts"` // in microseconds
	Duration int64  `json:"dur"`
	Args     struct {
		Op       string `json:"op_name"`
		Provider string `json:"provider"`
	} `json:"args"`
}

func (e event) isNode() bool {
	return e.Category == "Node" && strings.HasSuffix(e.Name, "_kernel_time")
}

// read sums up the nodes that ran, those inside a Loop where there is one.
func (p *StepProfile) read(text []byte, own string) error {
	var events []event
	if err := json.Unmarshal(text, &events); err != nil {
		return fmt.Errorf("reading the runtime's profile: %w", err)
	}
	isLoop := func(e event) bool { return e.isNode() && e.Args.Op == "Loop" }
	var loops []event
	for _, e := range events {
		if isLoop(e) {
			loops = append(loops, e)
		}
	}
	sums := map[[2]string]*Operator{}
	for _, e := range events {
		inside := func(l event) bool { return e.Start >= l.Start && e.Start < l.Start+l.Duration }
		if !e.isNode() || isLoop(e) || len(loops) > 0 && !slices.ContainsFunc(loops, inside) {
			continue
		}
		key := [2]string{e.Args.Op, e.Args.Provider}
		if sums[key] == nil {
			sums[key] = &Operator{Op: e.Args.Op, Provider: e.Args.Provider}
		}
		sums[key].Count++
		sums[key].Time += time.Duration(e.Duration) * time.Microsecond
	}
	for _, o := range sums {
		p.Operators = append(p.Operators, *o)
		if o.Provider != own || strings.HasPrefix(o.Op, "Memcpy") {
			p.Strays = append(p.Strays, *o)
		}
	}
	slices.SortFunc(p.Operators, func(a, b Operator) int { return cmp.Compare(b.Time, a.Time) })
	slices.SortFunc(p.Strays, func(a, b Operator) int { return cmp.Compare(a.Op, b.Op) })
	if len(p.Operators) == 0 {
		return fmt.Errorf("the runtime's profile holds no node of a step")
	}
	return nil
}
