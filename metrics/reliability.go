package metrics

// Reliability counts samples by how sure the network is of them: the data of a
// reliability diagram (DeGroot and Fienberg, "The Comparison and Evaluation of
// Forecasters", The Statistician 32, 1983), in the bins of [Result].ECE. The
// zero value is not usable; make one with [NewReliability].
type Reliability struct{ counts calibration }

// ReliabilityBin is the samples whose confidence max softmax(z) lies in (Low, High].
type ReliabilityBin struct {
	Low, High  float64
	Count      int   // samples
	Confidence Float // their mean confidence; NaN without samples
	Accuracy   Float // the fraction predicted as labelled; NaN without samples
}

// NewReliability returns counts of nothing, for logits of K classes.
func NewReliability(classes int) *Reliability {
	return &Reliability{calibration{classes: classes}}
}

// Add counts n samples by their logits (n×K, row-major) and labels.
func (r *Reliability) Add(logits []float64, labels []int) { r.counts.add(logits, labels) }

// Bins returns the 15 bins in ascending order.
func (r *Reliability) Bins() []ReliabilityBin {
	bins := make([]ReliabilityBin, eceBins)
	for i := range bins {
		from := &r.counts.bins[i]
		bins[i] = ReliabilityBin{
			Low: float64(i) / eceBins, High: float64(i+1) / eceBins, Count: from.n,
			Confidence: undefined, Accuracy: undefined,
		}
		if from.n > 0 {
			bins[i].Confidence = Float(from.confidence.value() / float64(from.n))
			bins[i].Accuracy = Float(float64(from.correct) / float64(from.n))
		}
	}
	return bins
}
