package report_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/report"
)

// A report of two runs that differ in their loss.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	run := func(loss string, nc1 metrics.Float) report.Run {
		return report.Run{
			Name:     "MLP_mnist_" + loss + "_s1",
			Settings: []report.Setting{{Name: "loss", Value: loss}},
			Train:    &metrics.Result{Split: "train", NC1: nc1},
			TrainPoints: &report.Points{
				Features:   []float32{0, 1, 0.1, 0.9, 1, 0, 0.9, 0.1}, // four samples, two features
				Dim:        2,
				Labels:     []int{0, 1, 1, 1},
				TrueLabels: []int{0, 0, 1, 1}, // the second sample is corrupted
			},
		}
	}
	if err := report.Write(dir, report.Report{Runs: []report.Run{run("CE", 0.2), run("LS0.1", 0.1)}}); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "figures", "*.svg"))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// collapse.svg
	// run1-scatter-train.svg
	// run2-scatter-train.svg
}

// Memorization against dilation of four runs of each of two losses.
func ExampleWriteDilation() {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	var runs []metrics.MDRun
	for i := range 4 {
		x := metrics.Float(i)
		runs = append(runs,
			metrics.MDRun{Loss: "CrossEntropy", Memorization: x, Dilation: 2 * x},
			metrics.MDRun{Loss: "LS", Memorization: x / 2, Dilation: x / 4})
	}
	files, err := report.WriteDilation(dir, metrics.MemorizationDilation(runs))
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	// Output:
	// memorization-dilation.svg
	// memorization-dilation-relative.svg
}
