package train_test

import (
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/train"
)

// BenchmarkStep times whole training steps of the paper's MLP.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name  string
		o     zoo.Options
		batch int
	}{
		{"small", zoo.Options{Classes: 2, Width: 256, Depth: 3, BatchNorm: true}, 16},
		{"headline/batch=16", zoo.Options{Classes: 2, Width: 2048, Depth: 9, BatchNorm: true}, 16},
		{"headline/batch=128", zoo.Options{Classes: 2, Width: 2048, Depth: 9, BatchNorm: true}, 128},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkStep(b, c.o, c.batch) })
	}
}

func benchmarkStep(b *testing.B, o zoo.Options, batch int) {
	m, err := zoo.Build("MLP", o)
	if err != nil {
		b.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		b.Fatal(err)
	}
	data := noise(batch, 3*32*32)
	trainer, err := train.New(orttest.Runtime(b), train.Config{
		Net:       net,
		Objective: training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		Optimizer: training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-3},
		Schedule:  train.Schedule{LR: 0.01, Gamma: 1},
		BatchSize: batch,
	}, data)
	if err != nil {
		b.Fatal(err)
	}
	defer trainer.Close()
	if _, err := trainer.Train(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := trainer.Train(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// noise is n samples of pseudo-random pixels with alternating labels.
func noise(n, width int) table {
	d := table{x: make([]float32, n*width), labels: make([]int64, n)}
	state := uint32(1)
	for i := range d.x {
		state = state*1664525 + 1013904223
		d.x[i] = float32(state>>8)/(1<<23) - 1
	}
	for i := range d.labels {
		d.labels[i] = int64(i % 2)
	}
	return d
}
