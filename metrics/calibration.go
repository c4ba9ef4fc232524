package metrics

import "math"

// eceBins is the number of confidence bins of the published code (MD validate_NC.py:204).
const eceBins = 15

// calibration accumulates accuracies and the expected calibration error.
type calibration struct {
	classes    int
	n          int
	top1, top5 int
	bins       [eceBins]struct {
		n, correct int
		confidence sum
	}
	rowRank       []int // scratch of a batch: how many logits beat the label's,
	rowPredicted  []int // which is the largest,
	rowConfidence []float64
}

// add takes in the n×K logits of a batch and their labels.
func (c *calibration) add(logits []float64, labels []int) {
	n := len(labels)
	c.rowRank, c.rowPredicted, c.rowConfidence = resize(c.rowRank, n), resize(c.rowPredicted, n), resize(c.rowConfidence, n)
	parallel(n, minWork/(8*c.classes), func(from, to int) { // an exponential costs about 8 additions
		for i := from; i < to; i++ {
			row := logits[i*c.classes : (i+1)*c.classes]
			c.rowPredicted[i] = largest(row)
			c.rowRank[i], c.rowConfidence[i] = rank(row, labels[i]), confidence(row, row[c.rowPredicted[i]])
		}
	})
	for i := range n {
		c.count(c.rowRank[i], c.rowConfidence[i])
	}
}

func (c *calibration) count(rank int, confidence float64) {
	c.n++
	bin := &c.bins[eceBin(confidence)]
	bin.n++
	bin.confidence.add(confidence)
	if rank == 0 {
		c.top1++
		bin.correct++
	}
	if rank < 5 {
		c.top5++
	}
}

// accuracies are the percentages of samples whose label is the largest and
// among the min(5, K) largest logits.
func (c *calibration) accuracies() (top1, top5 Float) {
	n := float64(c.n)
	return Float(100 * float64(c.top1) / n), Float(100 * float64(c.top5) / n)
}

// ece is Σ over bins of |mean confidence − accuracy| · (share of the samples).
func (c *calibration) ece() Float {
	var total sum
	for i := range c.bins {
		bin := &c.bins[i]
		total.add(math.Abs(bin.confidence.value()-float64(bin.correct)) / float64(c.n))
	}
	return Float(total.value())
}

// rank is the place of a label among the logits of its row, 0 for the first;
// of equal logits the lower class comes first.
func rank(logits []float64, label int) int {
	own, place := logits[label], 0
	for j, z := range logits {
		if z > own || (z == own && j < label) {
			place++
		}
	}
	return place
}

// confidence is max softmax(z) = 1/Σ_j exp(z_j − max z).
func confidence(logits []float64, largest float64) float64 {
	total := 0.0
	for _, z := range logits {
		total += math.Exp(z - largest)
	}
	return 1 / total
}

// eceBin is the b for which confidence lies in (b/15, (b+1)/15].
func eceBin(confidence float64) int {
	b := min(max(int(math.Ceil(confidence*eceBins))-1, 0), eceBins-1)
	if b > 0 && confidence <= float64(b)/eceBins {
		b--
	} else if confidence > float64(b+1)/eceBins {
		b++
	}
	return b
}
