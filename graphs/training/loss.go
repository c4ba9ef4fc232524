package training

import (
	"fmt"
	"math"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// Loss is a function of logits z (N×K) and labels y (N), averaged over the
// batch.
type Loss struct {
	Kind LossKind
	// Alpha is the smoothing of LabelSmoothing and the relaxation of
	// LabelRelaxation, in [0, 1) and (0, 1); the others ignore it.
	Alpha float64
}

// LossKind names a loss.
type LossKind string

// The losses, by the names that the settings use.
const (
	// CrossEntropy is −log p_y with p = softmax(z).
	CrossEntropy LossKind = "CrossEntropy"
	// LabelSmoothing is −Σ_j q_j log p_j with q_y = 1 − α + α/K and q_j = α/K
	// elsewhere (Szegedy et al., "Rethinking the Inception Architecture", CVPR
	// 2016; formulas.md 4).
	LabelSmoothing LossKind = "LS"
	// LabelRelaxation is 0 where p_y > 1 − α, elsewhere
	//	(1−α) log((1−α)/p_y) + α log(α/(1−p_y)),
	// the divergence KL(q‖p) from the nearest q in the credal set (Lienen and
	// Hüllermeier, "From Label Smoothing to Label Relaxation", AAAI 2021;
	// formulas.md 4).
	LabelRelaxation LossKind = "LR"
	// MeanSquaredError is the mean over all N·K entries of (z − onehot(y))².
	MeanSquaredError LossKind = "MSE"
)

// ParseLossKind reads a loss's name, in any case; "ce" is CrossEntropy.
func ParseLossKind(name string) (LossKind, error) {
	kinds := []LossKind{CrossEntropy, LabelSmoothing, LabelRelaxation, MeanSquaredError}
	if strings.EqualFold(name, "ce") {
		return CrossEntropy, nil
	}
	for _, k := range kinds {
		if strings.EqualFold(name, string(k)) {
			return k, nil
		}
	}
	return "", fmt.Errorf("unknown loss %q: one of CrossEntropy (or ce), LS, LR, MSE, in any case", name)
}

// Check reports an Alpha that the loss is not defined for.
func (l Loss) Check() error {
	switch {
	case l.Kind == LabelSmoothing && !(l.Alpha >= 0 && l.Alpha < 1):
		return fmt.Errorf("label smoothing needs 0 ≤ α < 1, not %g", l.Alpha)
	case l.Kind == LabelRelaxation && !(l.Alpha > 0 && l.Alpha < 1):
		return fmt.Errorf("label relaxation needs 0 < α < 1, not %g", l.Alpha)
	}
	return nil
}

// build appends the loss of logits (N×K) against label (N), a scalar.
func (l Loss) build(b *graphs.Builder, logits, label string) string {
	onehot := b.OneHot(label, classes(b, logits), b.Elem(logits))
	if l.Kind == MeanSquaredError {
		return b.ReduceMean(b.Square(b.Sub(logits, onehot)), false)
	}
	logp := b.LogSoftmax(logits, 1)
	var perSample string
	switch l.Kind {
	case CrossEntropy:
		perSample = b.Neg(b.ReduceSum(b.Mul(onehot, logp), false, 1))
	case LabelSmoothing:
		uniform := b.Div(b.Like(logits, l.Alpha), b.Count(logits, 1))
		target := b.Add(b.Scale(onehot, 1-l.Alpha), uniform)
		perSample = b.Neg(b.ReduceSum(b.Mul(target, logp), false, 1))
	case LabelRelaxation:
		perSample = relaxation(b, b.ReduceSum(b.Mul(onehot, logp), false, 1), l.Alpha)
	default:
		b.Failf("unknown loss %q", l.Kind)
		return ""
	}
	return b.ReduceMean(perSample, false)
}

// relaxation is the closed form of label relaxation by logpy = log p_y.
// Cutting log p_y off at log(1 − α) makes value and gradient vanish beyond,
// and keeps log(1 − p_y) finite: neither overflows for any logits
// (formulas.md 7.11).
func relaxation(b *graphs.Builder, logpy string, alpha float64) string {
	cut := math.Log1p(-alpha)
	inside := b.Op("Min", []string{logpy, b.Like(logpy, cut)})
	first := b.Scale(b.Sub(b.Like(logpy, cut), inside), 1-alpha)
	rest := b.Log(b.Sub(b.Like(logpy, 1), b.Exp(inside)))
	second := b.Scale(b.Sub(b.Like(logpy, math.Log(alpha)), rest), alpha)
	return b.Where(b.Less(logpy, b.Like(logpy, cut)), b.Add(first, second), b.Like(logpy, 0))
}

// classes returns K as an int64 value of one element.
func classes(b *graphs.Builder, logits string) string {
	if k := b.Shape(logits); len(k) == 2 && k[1].IsKnown() {
		return b.Ints(k[1].Size)
	}
	return b.Gather(b.ShapeOf(logits), b.Ints(1), 0)
}

// correct appends the number of samples whose largest logit is the label's:
// an int64 scalar.
func correct(b *graphs.Builder, logits, label string) string {
	best := b.Op("ArgMax", []string{logits}, graphs.Int("axis", 1), graphs.Int("keepdims", 0))
	return b.ReduceSum(b.Cast(b.Equal(best, label), graphs.Int64), false)
}
