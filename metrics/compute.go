package metrics

import (
	"context"
	"fmt"
	"math"
)

// Options ask for what costs more than two passes and one projection a class.
// The zero value asks for nothing.
type Options struct {
	// Full asks for [Measures.Full], for [MeanMeasures.OneVsRest], and for NC1
	// and what the class means predict in every grouping. It forms a d×d matrix
	// and reads the source a third time.
	Full bool
	// Train is the full result of the training samples behind a table of test
	// samples: full measures of the latter then use what was fitted to the former.
	Train *Result
	// Matrices asks for [Result.Matrices], among them d×d ones.
	Matrices bool
	// TrueClasses is the number C of true classes of a problem with latent noise
	// classes, which the labels from C on are; 0 for other problems. The samples
	// with those labels, and no others, count as corrupted.
	TrueClasses int
	// Test says that the samples are test samples, whose labels are clean: those
	// of a problem with latent noise classes are of its true classes, K = C, while
	// the network keeps all its outputs.
	Test bool
}

// Compute reads src twice and returns every metric of its features, or what o
// asks for beyond. c is nil when the classifier is unknown; what needs it is
// then undefined.
//
// A NaN or an infinity, a label outside [0, K), a wrong width or a table
// without rows is an error that names row and column, both counted from 0.
// What the data do not define (formulas in [Result]) is NaN, and
// Result.Notes and Measures.Notes say why.
func Compute(ctx context.Context, src Source, c *Classifier, o Options) (*Result, error) {
	s, err := shapeOf(src, o)
	if err != nil {
		return nil, err
	}
	if err := c.check(s); err != nil {
		return nil, err
	}
	m, err := meansOf(ctx, src, s)
	if err != nil {
		return nil, err
	}
	p, err := spreadOf(ctx, src, m, o)
	if err != nil {
		return nil, err
	}
	r := p.result(c)
	r.Notes = notes(r, p, c)
	r.Measures = p.measures(c)
	if o.Matrices {
		r.Matrices = p.matrices(c)
	}
	if o.Full {
		return r, p.measureFull(ctx, src, r, o.Train)
	}
	return r, nil
}

// meansOf makes the first pass.
func meansOf(ctx context.Context, src Source, s shape) (*means, error) {
	m := newMeans(s)
	rows, err := each(ctx, src, s, m.add)
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, fmt.Errorf("metrics: the table has no rows")
	}
	m.finish(rows)
	return m, nil
}

// spread is what the second pass learns: everything about the means.
type spread struct {
	*means
	full        bool
	groups      []*group // by label first; the others only when something is corrupted
	distances   *distances
	features    *scatter
	logits      *scatter // nil without logits
	calibration calibration

	covariance, logitCovariance *covariance // Σ_W; nil unless asked for
}

// spreadOf makes the second pass.
func spreadOf(ctx context.Context, src Source, m *means, o Options) (*spread, error) {
	p, err := newSpread(m, o)
	if err != nil {
		return nil, err
	}
	if _, err := each(ctx, src, m.shape, func(b Batch, _ int) error { return p.add(b) }); err != nil {
		return nil, err
	}
	if err := p.distances.finish(); err != nil {
		return nil, err
	}
	for _, g := range p.groups {
		g.finish(m.dim)
	}
	return p, p.checkRange()
}

func newSpread(m *means, o Options) (*spread, error) {
	features, err := newScatter(m.classes, m.dim)
	if err != nil {
		return nil, err
	}
	p := &spread{
		means: m, full: o.Full, groups: groupsOf(m), features: features,
		distances: newDistances(m, features), calibration: calibration{classes: m.outputs},
	}
	if m.hasLogits {
		if p.logits, err = newScatter(m.logits, m.outputs); err != nil {
			return nil, err
		}
	}
	p.groups[0].scatter = features
	if o.Full {
		for _, g := range p.groups[1:] {
			if g.scatter, err = newScatter(g.classes, m.dim); err != nil {
				return nil, err
			}
		}
	}
	return p, p.prepareCovariances(o)
}

func (p *spread) add(b Batch) error {
	if err := p.distances.add(b); err != nil {
		return err
	}
	if p.hasLogits {
		p.logits.add(b.Logits, b.Labels)
		p.calibration.add(b.Logits, b.Labels)
	}
	for i, g := range p.groups {
		if g.scatter == nil {
			continue
		}
		labels := b.Labels
		if i > 0 {
			labels = g.assign(p.shape, b)
			g.scatter.add(b.Features, labels)
		}
		p.countNearest(g, labels)
	}
	p.covariance.add(b.Features, b.Labels)
	p.logitCovariance.add(b.Logits, b.Labels)
	return nil
}

// countNearest counts what the class means of a group predict of a batch.
func (p *spread) countNearest(g *group, labels []int) {
	for i, class := range labels {
		if class < 0 {
			continue
		}
		predicted := -1
		if p.hasLogits {
			predicted = p.calibration.rowPredicted[i]
		}
		g.ncc.count(class, g.scatter.rowNearest[i], predicted)
	}
}

// checkRange refuses features and logits whose squares leave float64: an
// infinity would pass for an undefined value.
func (p *spread) checkRange() error {
	for _, s := range []*scatter{p.features, p.logits} {
		if s != nil && !finite(s.within.value()+s.between+s.projected.value()) {
			return fmt.Errorf("metrics: features or logits beyond about %.0e are too large for float64 arithmetic", math.Sqrt(math.MaxFloat64))
		}
	}
	return nil
}

// result collects the metrics; c may be nil.
func (p *spread) result(c *Classifier) *Result {
	r := &Result{
		N: p.rows, Classes: p.k, Dim: p.dim,
		NC1: p.features.nc1(p.rows), NC2ETF: undefined, NC3WH: undefined, NC4Bias: undefined, NC4BiasPlus: undefined,
		TraceSigmaW: p.features.traceWithin(p.rows), TraceSigmaB: p.features.traceBetween(), RankSigmaB: p.features.rank(p.rows),
		NC1Logits: undefined, TraceSigmaWLogits: undefined, TraceSigmaBLogits: undefined,
		AccuracyTop1: undefined, AccuracyTop5: undefined, ECE: undefined,
		Memorization:     memorization(p.distances.memorized, p.trueClasses()),
		GlobalMean:       p.global.hi,
		CorruptedCells:   corruptedCells(p.means),
		CorruptionBiases: corruptionBiases(p.means),
	}
	if p.latent > 0 && p.anyCorrupted() {
		r.CorruptedCentroids = corruptedCentroids(p.means)
	}
	p.byClass(r)
	if p.hasLogits {
		r.NC1Logits, r.RankSigmaBLogits = p.logits.nc1(p.rows), p.logits.rank(p.rows)
		r.TraceSigmaWLogits, r.TraceSigmaBLogits = p.logits.traceWithin(p.rows), p.logits.traceBetween()
		r.AccuracyTop1, r.AccuracyTop5 = p.calibration.accuracies()
		r.ECE = p.calibration.ece()
	}
	if c != nil {
		r.NC2ETF = etfDistance(c.Weight, c.Weight, p.outputs, p.dim)
		r.NC4Bias, r.NC4BiasPlus = biasDistance(c, r.GlobalMean, -1), biasDistance(c, r.GlobalMean, 1)
		if r.NC1.Defined() && p.outputs == p.k {
			r.NC3WH = etfDistance(c.Weight, p.features.centred, p.k, p.dim)
		}
	}
	return r
}

// byClass fills what has one value a class.
func (p *spread) byClass(r *Result) {
	r.LabelCounts, r.TrueLabelCounts, r.UncorruptedCounts = make([]int, p.k), make([]int, p.k), make([]int, p.k)
	for key, c := range p.cells {
		r.LabelCounts[key.label] += c.n
		r.TrueLabelCounts[key.trueLabel] += c.n
	}
	var none centroid // an empty class: nil mean, undefined distances
	for k, class := range p.classes {
		if class == nil {
			class = &none
		}
		r.ClassMeans = append(r.ClassMeans, class.hi)
		r.ClassDistanceVariances = append(r.ClassDistanceVariances, class.distances.variance())
		r.ClassDistanceStddevs = append(r.ClassDistanceStddevs, class.distances.stddev())
		own := p.clean[k]
		if own == nil {
			own = &none
		}
		r.UncorruptedCounts[k] = own.n
		r.UncorruptedCentroids = append(r.UncorruptedCentroids, own.hi)
		r.UncorruptedStddevs = append(r.UncorruptedStddevs, own.distances.stddev())
	}
}
