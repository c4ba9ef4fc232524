package report

import (
	"fmt"

	"github.com/memdil/memdil/metrics"
)

// Report is what one page shows.
type Report struct {
	// Title heads the page; "" for the run's name or the number of runs.
	Title string
	// Notes are sentences below the title, such as on runs that are missing.
	Notes []string
	Runs  []Run
	// Dilation is what the runs together say about memorization and dilation;
	// nil for nothing.
	Dilation *metrics.MDStatistics
	// Search is what the runs, the trials of a study, were searched for; nil for
	// none.
	Search *Search
	// Replace says that whatever is at the page's place is replaced, in a folder
	// that is the report's own.
	Replace bool
}

// Run is what a report shows of one experiment. Whatever is missing (nil or
// empty) is left out of the page.
type Run struct {
	// Name is the run's UID. Where a report has several runs, legends name them
	// by the settings in which they differ.
	Name string
	// Group names the group that the run belongs to, whose runs are shown as
	// mean ± standard deviation. Where no run of a report has one, runs that
	// differ in nothing but settings that Repeats marks are a group.
	Group string
	// Link is where the run's own report is, relative to this one; "" for none.
	Link string
	// Settings are shown in this order.
	Settings []Setting
	// Train and Test are the metrics of the training samples (validation
	// samples included) and of the test samples.
	Train, Test *metrics.Result
	// History has one entry an epoch, in order.
	History []Epoch
	// TrainPoints and TestPoints are the features drawn as scatter figures.
	TrainPoints, TestPoints *Points
	// Classifier gives the decision line of the scatter figures of two classes.
	Classifier *Classifier
}

// Setting is one resolved setting of a run.
type Setting struct {
	Name, Value string
	// Idle says that the setting has no effect on the run, as the degree of
	// label smoothing on a run with another loss.
	Idle bool
	// Repeats says that runs which differ in this setting alone repeat one
	// experiment, as the seed.
	Repeats bool
}

// Epoch is one row of a run's history. NaN means not measured.
type Epoch struct {
	Epoch                    int     // counted from 1
	LR                       float64 // learning rate of the epoch
	TrainLoss, TrainAccuracy float64 // mean over the samples; percent
	ValLoss, ValAccuracy     float64 // the same of the validation samples
	Seconds                  float64 // wall-clock duration
	SamplesPerSecond         float64 // training throughput
	// Extra holds what else was measured during training: metrics as SPLIT_KEY
	// with a split (train, val, test) and a key of metrics.json, whatever is of
	// no split by a bare name. Each key becomes a figure with a curve a split.
	Extra map[string]float64
}

// Points are the penultimate features of n samples with their labels.
type Points struct {
	Features   []float32 // n×Dim, row-major
	Dim        int
	Labels     []int // n training labels, possibly corrupted
	TrueLabels []int // n original labels; nil where nothing is corrupted
	// Stride says that these are one in so many samples of the split; 0 and 1
	// for all.
	Stride int
	// Reliability has the bins of the reliability diagram, over all samples of
	// the split; nil without logits.
	Reliability []metrics.ReliabilityBin
}

// Classifier is the last linear layer, z = W h + b.
type Classifier struct {
	Weight []float32 // K×d, row-major
	Bias   []float32 // K; nil for a classifier without bias
}

// row returns the features of sample i.
func (p *Points) row(i int) []float32 { return p.Features[i*p.Dim : (i+1)*p.Dim] }

// trueLabel returns the original label of sample i.
func (p *Points) trueLabel(i int) int {
	if p.TrueLabels == nil {
		return p.Labels[i]
	}
	return p.TrueLabels[i]
}

// check reports lengths that contradict each other.
func (p *Points) check() error {
	n := len(p.Labels)
	switch {
	case p.Dim < 1 && n > 0:
		return fmt.Errorf("feature width is %d, must be positive", p.Dim)
	case len(p.Features) != n*p.Dim:
		return fmt.Errorf("%d feature values for %d samples of width %d", len(p.Features), n, p.Dim)
	case p.TrueLabels != nil && len(p.TrueLabels) != n:
		return fmt.Errorf("%d true labels for %d samples", len(p.TrueLabels), n)
	}
	return nil
}

// check reports parts of a run that contradict each other.
func (r *Run) check() error {
	dim := 0
	for _, s := range r.splits() {
		if s.points == nil {
			continue
		}
		if err := s.points.check(); err != nil {
			return fmt.Errorf("%s features of run %q: %w", s.name, r.Name, err)
		}
		if len(s.points.Labels) == 0 {
			continue
		}
		if dim != 0 && s.points.Dim != dim {
			return fmt.Errorf("features of run %q: width %d for train, %d for test", r.Name, dim, s.points.Dim)
		}
		dim = s.points.Dim
	}
	if c := r.Classifier; c != nil && dim > 0 {
		classes := len(c.Weight) / dim
		if classes*dim != len(c.Weight) || (c.Bias != nil && len(c.Bias) != classes) {
			return fmt.Errorf("classifier of run %q: %d weights and %d biases for features of width %d",
				r.Name, len(c.Weight), len(c.Bias), dim)
		}
	}
	return nil
}

// split is one half of a run.
type split struct {
	name   string // train or test
	result *metrics.Result
	points *Points
}

// splitNames are the halves of a run.
var splitNames = [2]string{"train", "test"}

// splits returns the run's train and test halves.
func (r *Run) splits() [2]split {
	return [2]split{{"train", r.Train, r.TrainPoints}, {"test", r.Test, r.TestPoints}}
}

// split returns the half of that name.
func (r *Run) split(name string) split {
	for _, s := range r.splits() {
		if s.name == name {
			return s
		}
	}
	panic("report: no split " + name)
}
