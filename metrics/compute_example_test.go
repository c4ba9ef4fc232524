package metrics_test

import (
	"context"
	"fmt"
	"log"

	"github.com/memdil/memdil/metrics"
)

// Two classes of two-dimensional features; the last sample of each is
// labelled as the other class.
func table() *metrics.Table {
	t, err := metrics.NewTable(metrics.Batch{
		Features: []float64{
			1.0, 0.1, 0.9, -0.1, 1.1, 0.0, -0.7, 0.2,
			-1.0, 0.1, -0.9, 0.1, -1.1, -0.2, 0.6, 0.0,
		},
		Labels:     []int{0, 0, 0, 1, 1, 1, 1, 0},
		TrueLabels: []int{0, 0, 0, 0, 1, 1, 1, 1},
	}, 2, 2)
	if err != nil {
		log.Fatal(err)
	}
	return t
}

func ExampleCompute() {
	classifier := &metrics.Classifier{Weight: []float64{1, 0, -1, 0}, Bias: []float64{0.1, -0.1}}
	r, err := metrics.Compute(context.Background(), table(), classifier, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("NC1 %.4f, NC2 %.4f, NC3 %.4f, NC4 %.4f\n", r.NC1, r.NC2ETF, r.NC3WH, r.NC4BiasPlus)
	fmt.Printf("memorization %.4f over %d corrupted samples\n", r.Memorization.Mean, r.Memorization.Count)
	for _, note := range r.Notes {
		fmt.Println(note)
	}
	// Output:
	// NC1 0.0167, NC2 0.0000, NC3 0.0000, NC4 0.1237
	// memorization 1.6559 over 2 corrupted samples
	// no logits: nc1_logits, trace_sigma_w_logits, trace_sigma_b_logits, rank_sigma_b_logits, accuracy_top1, accuracy_top5 and ece are undefined
}

func ExampleDilation() {
	test, err := metrics.Compute(context.Background(), table(), nil, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f\n", metrics.Dilation(test))
	// Output:
	// 0.0422
}

func ExampleStatistics() {
	r, err := metrics.Compute(context.Background(), table(), nil, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	r.Split = "train"
	for _, row := range metrics.Statistics(r) {
		fmt.Println(row.Split, row.Label, row.TrueLabel, row.Count, row.Corrupted())
	}
	// Output:
	// train 0 -1 4 false
	// train 1 -1 4 false
	// train 0 1 1 true
	// train 1 0 1 true
}

func ExampleMemorizationDilation() {
	var runs []metrics.MDRun
	for seed, memorized := range []float64{1, 1.2, 1.4} {
		for loss, slope := range map[string]float64{"CrossEntropy": 0.5, "LS 0.1": 0.3} {
			runs = append(runs, metrics.MDRun{
				Loss: loss, Condition: fmt.Sprint("seed ", seed),
				Memorization: metrics.Float(memorized * slope), Dilation: metrics.Float(memorized * slope * slope),
			})
		}
	}
	for _, l := range metrics.MemorizationDilation(runs).Absolute.Losses {
		fmt.Printf("%s: dilation rises by %.2f with memorization\n", l.Loss, l.Slope.Value)
	}
	// Output:
	// CrossEntropy: dilation rises by 0.50 with memorization
	// LS 0.1: dilation rises by 0.30 with memorization
}
