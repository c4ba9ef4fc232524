package metrics

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// FullMeasures are those that need the d×d covariance of the features and a
// pass of their own.
type FullMeasures struct {
	// EffectiveRank is that of the N×d matrix of the features h_i − μ_G, see
	// [MeanMeasures.EffectiveRank]: how many directions the features use. Variances
	// of d·eps of the largest and less count as none. Null when all features agree.
	EffectiveRank Float `json:"effective_rank"`
	// ProbeAccuracy is the percentage of samples whose label a linear probe of
	// the features finds, ProbeAccuracyTrueLabel the same of a probe for true
	// labels (Alain and Bengio, "Understanding intermediate layers using linear
	// classifier probes", 2016). The probe is the classifier of ridge
	// regression: with one-hot targets e_y, λ = 1e-6 tr(Σ_T)/d and Σ_T the covariance of
	// all features,
	//
	//	argmax_k  w_k·(h − μ_G) + n_k/N,   (Σ_T + λI) w_k = n_k/N (μ_k − μ_G),
	//
	// which has one solution whatever the order of the samples. It is fitted to
	// [Options].Train where that is given, else to the very samples. Null when
	// all features agree.
	ProbeAccuracy          Float `json:"probe_accuracy"`
	ProbeAccuracyTrueLabel Float `json:"probe_accuracy_true_label"`
	// TrainNCCAccuracy and TrainNCCMismatch are [GroupMeasures.NCCAccuracy] and
	// NCCMismatch by the class means of Options.Train (by label), as Papyan, Han and
	// Donoho (PNAS 2020) take them for test samples. Null without Train.
	TrainNCCAccuracy Float `json:"train_ncc_accuracy"`
	TrainNCCMismatch Float `json:"train_ncc_mismatch"`
}

// ridge is λ in units of the mean eigenvalue of Σ_T.
const ridge = 1e-6

// fitted is what a table taught: probes and class means.
type fitted struct {
	classes []*centroid // by label
	label   *probe
	truth   *probe
}

// probe is a linear classifier of the features.
type probe struct {
	centre *centroid // μ_G
	weight []float64 // K×d
	bias   []float64 // K
}

// measureFull fits r to the data of the second pass and makes the third.
func (p *spread) measureFull(ctx context.Context, src Source, r *Result, train *Result) error {
	f := &FullMeasures{
		EffectiveRank: undefined, ProbeAccuracy: undefined, ProbeAccuracyTrueLabel: undefined,
		TrainNCCAccuracy: undefined, TrainNCCMismatch: undefined,
	}
	r.Measures.Full = f
	r.fitted = &fitted{classes: p.classes}
	total := p.totalCovariance()
	if trace := mat.Trace(total); trace > 0 {
		if err := p.fit(r.fitted, total, trace); err != nil {
			return err
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(total, false) {
			return errors.New("metrics: the eigenvalues of the features' covariance do not converge")
		}
		f.EffectiveRank = effectiveRank(singularOf(eigen.Values(nil)))
	} else {
		r.Measures.Notes = append(r.Measures.Notes, "all features agree: full.effective_rank and the probes are undefined")
	}
	fit, means := r.fitted, []*centroid(nil)
	if train != nil && train.fitted != nil && train.Dim == p.dim && train.Classes == p.k {
		fit, means = train.fitted, train.fitted.classes
	} else {
		r.Measures.Notes = append(r.Measures.Notes, "no training samples beside: full.train_ncc_accuracy and full.train_ncc_mismatch are undefined")
	}
	t := &trial{k: p.k, outputs: p.outputs, dim: p.dim, fit: fit, means: means}
	if _, err := each(ctx, src, p.shape, func(b Batch, _ int) error { t.add(b); return nil }); err != nil {
		return err
	}
	t.into(f, p.hasLogits)
	return nil
}

// singularOf turns the ascending eigenvalues of a covariance into singular
// values, up to a factor. What is below the rounding of the largest is 0.
func singularOf(eigenvalues []float64) []float64 {
	cut := float64(len(eigenvalues)) * epsilon * eigenvalues[len(eigenvalues)-1]
	for i, v := range eigenvalues {
		if v <= cut {
			v = 0
		}
		eigenvalues[i] = math.Sqrt(v)
	}
	return eigenvalues
}

// totalCovariance is Σ_T = Σ_W + Σ_k n_k/N (μ_k − μ_G)(μ_k − μ_G)ᵀ, a sum without
// cancellation.
func (p *spread) totalCovariance() *mat.SymDense {
	total := mat.NewSymDense(p.dim, p.covariance.matrix(p.rows))
	row := make([]float64, p.dim)
	for _, c := range present(p.classes) {
		total.SymRankOne(total, float64(c.n)/float64(p.rows), mat.NewVecDense(p.dim, c.minus(row, p.global)))
	}
	return total
}

// fit fits the probes; trace is that of total.
func (p *spread) fit(f *fitted, total *mat.SymDense, trace float64) (err error) {
	regularised := mat.NewSymDense(p.dim, nil)
	regularised.CopySym(total)
	for i := range p.dim {
		regularised.SetSym(i, i, total.At(i, i)+ridge*trace/float64(p.dim))
	}
	var factor mat.Cholesky
	if !factor.Factorize(regularised) {
		return errors.New("metrics: the covariance of the features cannot be factorised")
	}
	if f.label, err = p.probe(&factor, p.groups[0].classes); err != nil {
		return err
	}
	f.truth = f.label
	if len(p.groups) > 1 {
		f.truth, err = p.probe(&factor, p.groups[1].classes)
	}
	return err
}

// probe solves for the probe of the classes with the given means.
func (p *spread) probe(factor *mat.Cholesky, classes []*centroid) (*probe, error) {
	probe := &probe{centre: p.global, weight: make([]float64, p.k*p.dim), bias: make([]float64, p.k)}
	for k, c := range classes {
		if c == nil {
			probe.bias[k] = math.Inf(-1) // never predicted
			continue
		}
		row := probe.weight[k*p.dim : (k+1)*p.dim]
		share := float64(c.n) / float64(p.rows)
		floats.Scale(share, c.minus(row, p.global))
		w := mat.NewVecDense(p.dim, row)
		if err := factor.SolveVecTo(w, w); err != nil && !errors.As(err, new(mat.Condition)) {
			return nil, errors.New("metrics: the linear probe has no solution")
		}
		probe.bias[k] = share
	}
	return probe, nil
}

// predict is the class of a sample that deviates from the centre as given.
func (p *probe) predict(deviation, scores []float64) int {
	for k := range scores {
		scores[k] = p.bias[k] + floats.Dot(p.weight[k*len(deviation):(k+1)*len(deviation)], deviation)
	}
	return largest(scores)
}

// trial is the third pass: what was fitted is put to the test.
type trial struct {
	k, outputs, dim int
	fit             *fitted
	means           []*centroid // nil when they are not to be tried

	n, label, truth int // samples; found by the probes
	near            nearest

	rowLabel, rowTruth, rowNear []int // scratch of a batch: what is predicted
}

func (t *trial) add(b Batch) {
	n := len(b.Labels)
	t.n += n
	t.rowLabel, t.rowTruth, t.rowNear = resize(t.rowLabel, n), resize(t.rowTruth, n), resize(t.rowNear, n)
	parallel(n, max(1, minWork/(t.k*t.dim)), func(from, to int) {
		deviation, scores := make([]float64, t.dim), make([]float64, t.k)
		for i := from; i < to; i++ {
			t.predict(i, b.Features[i*t.dim:(i+1)*t.dim], deviation, scores)
		}
	})
	for i, y := range b.Labels {
		t.label += equal(t.rowLabel[i], y)
		t.truth += equal(t.rowTruth[i], cellOf(b, i).trueLabel)
		predicted := -1
		if b.Logits != nil {
			predicted = largest(b.Logits[i*t.outputs : (i+1)*t.outputs])
		}
		t.near.count(y, t.rowNear[i], predicted)
	}
}

// predict fills in what is predicted of row i.
func (t *trial) predict(i int, row, deviation, scores []float64) {
	if t.fit.label != nil {
		t.fit.label.centre.deviate(deviation, row)
		t.rowLabel[i] = t.fit.label.predict(deviation, scores)
		t.rowTruth[i] = t.fit.truth.predict(deviation, scores)
	}
	least := math.Inf(1)
	for k, c := range t.means {
		if c == nil {
			continue
		}
		if d := c.deviate(deviation, row); d < least {
			t.rowNear[i], least = k, d
		}
	}
}

// into writes the percentages.
func (t *trial) into(f *FullMeasures, logits bool) {
	if t.fit.label != nil {
		f.ProbeAccuracy = Float(100 * float64(t.label) / float64(t.n))
		f.ProbeAccuracyTrueLabel = Float(100 * float64(t.truth) / float64(t.n))
	}
	if t.means != nil {
		_, f.TrainNCCAccuracy, f.TrainNCCMismatch = t.near.percentages(t.n, logits, true)
	}
}

func equal(a, b int) int {
	if a == b {
		return 1
	}
	return 0
}
