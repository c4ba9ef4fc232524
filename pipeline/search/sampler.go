package search

import (
	"fmt"
	"math"
	"slices"

	"github.com/memdil/memdil/random"
)

// SamplerKind names a sampler.
type SamplerKind string

// The samplers.
const (
	Random SamplerKind = "random" // independent and uniform
	Sobol  SamplerKind = "sobol"  // a scrambled low-discrepancy sequence
	TPE    SamplerKind = "tpe"    // tree-structured Parzen estimator
	GP     SamplerKind = "gp"     // Gaussian process with expected improvement
	Grid   SamplerKind = "grid"   // every combination, in order
)

// SamplerKinds lists the samplers.
func SamplerKinds() []SamplerKind { return []SamplerKind{Random, Sobol, TPE, GP, Grid} }

// Learns reports whether the sampler's proposals depend on other trials.
func (k SamplerKind) Learns() bool { return k == TPE || k == GP }

// Observation is what became of a trial.
type Observation struct {
	Point Point
	// Loss is what the search minimises; +Inf or NaN stands for a trial that
	// failed, and counts as the worst of the others.
	Loss float64
}

// Sampler says what to try next.
type Sampler interface {
	// Propose returns the point of trial number n, counted from 0, knowing the
	// trials that are done and those that are under way. It is a pure function
	// of its arguments, which it does not keep.
	Propose(n int, done []Observation, pending []Point) Point
}

// NewSampler returns a sampler of a checked space. It panics when there is no
// such kind.
func NewSampler(kind SamplerKind, s Space, seed uint64) Sampler {
	base := base{space: s, stream: random.New(seed, random.Search, 0)}
	switch kind {
	case Random:
		return randomSampler{base}
	case Sobol:
		return sobolSampler{base}
	case TPE:
		return tpeSampler{base}
	case GP:
		return gpSampler{base}
	case Grid:
		return gridSampler{base, s.combinations()}
	}
	panic(fmt.Sprintf("search: no such sampler: %q", kind))
}

// startup is how many trials samplers that learn draw before they do, as a
// scrambled Sobol sequence.
func (b base) startup() int { return max(6, min(10, len(b.space)+4)) }

// base is what samplers have in common.
type base struct {
	space  Space
	stream random.Stream
}

// draws returns the stream of a trial's random numbers.
func (b base) draws(n int) random.Stream { return b.stream.Sub(uint64(n)) }

// randomSampler draws every coordinate evenly.
type randomSampler struct{ base }

var _ Sampler = randomSampler{}

// Propose draws a point.
func (r randomSampler) Propose(n int, _ []Observation, _ []Point) Point {
	p := make(Point, len(r.space))
	for i := range p {
		p[i] = r.draws(n).Float64(uint64(i))
	}
	return r.space.tidy(p)
}

// settled returns the observations with finite losses: a failure has the worst
// loss of those that did not fail, 0 when all did.
func settled(done []Observation) []Observation {
	worst := math.Inf(-1)
	for _, o := range done {
		if !failed(o) {
			worst = max(worst, o.Loss)
		}
	}
	if math.IsInf(worst, -1) {
		worst = 0
	}
	out := slices.Clone(done)
	for i := range out {
		if failed(out[i]) {
			out[i].Loss = worst
		}
	}
	return out
}

func failed(o Observation) bool { return math.IsNaN(o.Loss) || math.IsInf(o.Loss, 0) }
