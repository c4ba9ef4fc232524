package metrics

import "fmt"

// Measures are what newer work on neural collapse measures, beside the
// original's metrics: the values of one object "measures" of metrics.json.
// The originals have no counterpart; the papers are named at each value.
type Measures struct {
	// Label groups the samples by label, as all of [Result] does.
	Label GroupMeasures `json:"label"`
	// TrueLabel groups all samples by true label. Nil (null), like the three
	// that follow, when nothing is corrupted: it would repeat Label.
	TrueLabel *GroupMeasures `json:"true_label"`
	// Clean is of the samples whose label is their true one.
	Clean *GroupMeasures `json:"clean"`
	// Corrupted is of the other samples by label: how far they have collapsed
	// to where they were labelled to be. CorruptedByTrueLabel is of the same
	// samples by true label.
	Corrupted            *GroupMeasures `json:"corrupted"`
	CorruptedByTrueLabel *GroupMeasures `json:"corrupted_by_true_label"`
	// Classifier is of W; nil without a classifier.
	Classifier *ClassifierMeasures `json:"classifier"`

	// Full holds what costs more than the two passes; nil unless asked for
	// by [Options].
	Full *FullMeasures `json:"full"`

	// Notes say in words why values are null.
	Notes []string `json:"notes,omitempty"`
}

// GroupMeasures are of samples grouped into K classes, with means μ_k over n_k
// samples, the mean μ_G of all n of them, Σ_W and Σ_B as for [Result], and the
// logits' largest class as the network's prediction. A class without samples
// leaves every measure of the class means undefined.
type GroupMeasures struct {
	N int `json:"n"` // samples

	// NC1 is [Result.NC1], tr(Σ_W Σ_B⁺)/K, in this grouping. Groupings other
	// than by label have it on request only, see [Options].
	NC1 Float `json:"nc1"`
	// NC1Trace is the quotient of traces, tr Σ_W/tr Σ_B, an NC1 without an
	// inverse. Tirer and Bruna, "Extended Unconstrained Features Model for
	// Exploring Deep Neural Collapse" (ICML 2022). Null when all means agree.
	NC1Trace Float `json:"nc1_trace"`
	// CDNV is the class-distance normalised variance, the mean over i ≠ j of
	//
	//	(v_i + v_j) / (2 ‖μ_i − μ_j‖²),   v_k = 1/n_k Σ ‖h − μ_k‖² over class k.
	//
	// Galanti, György and Hutter, "On the Role of Neural Collapse in Transfer
	// Learning" (ICLR 2022). Null when two means agree, and for K = 1.
	CDNV Float `json:"cdnv"`
	// TraceSigmaW and TraceSigmaB are tr Σ_W and tr Σ_B.
	TraceSigmaW Float `json:"trace_sigma_w"`
	TraceSigmaB Float `json:"trace_sigma_b"`

	// Accuracy is the percentage of samples whose class the network predicts.
	// Null without logits, and on request only, as NC1.
	Accuracy Float `json:"accuracy"`
	// NCCAccuracy is the percentage of samples whose class has the nearest
	// mean, argmin_k ‖h − μ_k‖₂; NCCMismatch is the percentage whose nearest
	// mean is not the network's prediction, the NC4 of Papyan, Han and Donoho,
	// "Prevalence of neural collapse during the terminal phase of deep
	// learning training" (PNAS 2020). Empty classes take no part. Null when
	// all means agree; the mismatch also without logits. On request only, as NC1.
	NCCAccuracy Float `json:"ncc_accuracy"`
	NCCMismatch Float `json:"ncc_mismatch"`

	MeanMeasures
}

// MeanMeasures are of K vectors m_k: centred class means μ_k − μ_G, or the
// rows of a classifier. All are null where a class has no samples.
type MeanMeasures struct {
	// NormCV is the coefficient of variation of the norms, std ‖m_k‖ / mean
	// ‖m_k‖ (population): 0 for equal norms. Papyan, Han and Donoho (PNAS
	// 2020). Null when all are zero.
	NormCV Float `json:"norm_cv"`
	// CosineStd is the standard deviation over i ≠ j of cos(m_i, m_j): 0 for
	// equal angles; AngleGap is the mean of |cos(m_i, m_j) + 1/(K−1)|: 0 when the
	// angles are the largest that K vectors can have, those of a simplex. Papyan, Han and
	// Donoho (PNAS 2020). Null when one is zero, and for K = 1.
	CosineStd Float `json:"cosine_std"`
	AngleGap  Float `json:"angle_gap"`
	// AngleCV is the coefficient of variation of the angles between m_i and m_j
	// themselves, i ≠ j. Null as CosineStd.
	AngleCV Float `json:"angle_cv"`
	// Energy is the hyperspherical energy with the logarithmic kernel, the
	// mean over i ≠ j of −log ‖m̂_i − m̂_j‖, m̂ = m/‖m‖: lowest where the directions
	// are uniform on the sphere, whether K ≤ d+1 or not. Liu et al.,
	// "Generalizing and Decoupling Neural Collapse via Hyperspherical Uniformity
	// Gap" (ICLR 2023). EnergyCV, the coefficient of variation of the terms (by
	// the modulus of their mean), is the generalised NC2 of Wu and Papyan, "Linguistic Collapse"
	// (NeurIPS 2024). Null when one is zero or two directions agree, and for K = 1.
	Energy   Float `json:"energy"`
	EnergyCV Float `json:"energy_cv"`
	// OneVsOne is the least distance between two directions, min ‖m̂_i − m̂_j‖ over
	// i ≠ j: the margin of the Tammes problem. Jiang et al., "Generalized Neural
	// Collapse for a Large Number of Classes" (2023). Null when one is zero,
	// and for K = 1.
	OneVsOne Float `json:"one_vs_one"`
	// OneVsRest is the generalised NC2 of the same paper, for K > d+1: the least
	// distance of a direction m̂_k from the convex hull of the others. It is
	// largest for a softmax code, K/(K−1) for a simplex. Null as OneVsOne, and
	// unless it is asked for, see [Options].
	OneVsRest Float `json:"one_vs_rest"`
	// EffectiveRank is exp(−Σ p_j log p_j) for the singular values σ_j of the K×d
	// matrix of the vectors and p_j = σ_j/Σ σ: K−1 for a simplex. Roy and Vetterli,
	// "The effective rank" (EUSIPCO 2007). Null when all are zero.
	EffectiveRank Float `json:"effective_rank"`
}

// ClassifierMeasures are of the classifier W, and of W against the class
// means m_k = μ_k − μ_G by label.
type ClassifierMeasures struct {
	MeanMeasures // of the rows w_k of W, as they are
	// SelfDuality is ‖ W/‖W‖_F − M/‖M‖_F ‖²_F, M with the rows m_k: 0 when classifier
	// and means are the same up to scale. Papyan, Han and Donoho (PNAS 2020).
	// Null when W or M is zero, or a class is empty.
	SelfDuality Float `json:"self_duality"`
	// Alignment is the mean of cos(w_k, m_k), 1 under collapse, the generalised NC3 of
	// Jiang et al. (2023); AlignmentCV is its coefficient of variation, the uniform
	// duality of Wu and Papyan (NeurIPS 2024). Null as SelfDuality, and when one
	// vector is zero.
	Alignment   Float `json:"alignment"`
	AlignmentCV Float `json:"alignment_cv"`
}

// measures collects them from the two passes.
func (p *spread) measures(c *Classifier) *Measures {
	m := &Measures{Label: p.groups[0].measures(p)}
	if len(p.groups) > 1 {
		for i, to := range []**GroupMeasures{&m.TrueLabel, &m.Clean, &m.Corrupted, &m.CorruptedByTrueLabel} {
			g := p.groups[1+i].measures(p)
			*to = &g
		}
	}
	if c != nil {
		m.Classifier = p.classifierMeasures(c)
	}
	m.Notes = p.measureNotes(m)
	return m
}

// measureNotes says why measures are undefined.
func (p *spread) measureNotes(m *Measures) (notes []string) {
	note := func(holds bool, format string, args ...any) {
		if holds {
			notes = append(notes, fmt.Sprintf(format, args...))
		}
	}
	note(!p.hasLogits, "no logits: accuracy and ncc_mismatch are undefined")
	note(p.k == 1, "one class: what compares classes is undefined")
	note(len(p.groups) == 1, "nothing is corrupted: true_label and clean would repeat label, corrupted has no samples")
	note(!p.full, "not asked for: full and one_vs_rest, and of groupings other than by label nc1, accuracy, ncc_accuracy and ncc_mismatch")
	note(m.Classifier == nil, "no classifier: classifier is undefined")
	for _, g := range p.groups {
		empty := 0
		for _, c := range g.classes {
			if c == nil {
				empty++
			}
		}
		note(empty > 0, "%s: %d of %d classes have no samples: measures of class means are undefined", g.name, empty, p.k)
		note(empty == 0 && p.k > 1 && !g.separated(), "%s: all class means agree: what divides by their distances is undefined", g.name)
	}
	return notes
}
