package training_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// TestTimeGrowsLinearly derives the epoch graph of a net and of one four times as
// deep, which took up to 30 times as long when each parameter was searched for in
// the graph.
func TestTimeGrowsLinearly(t *testing.T) {
	deriveDeep(t, 10) // warms up
	once, four := deriveDeep(t, 150), deriveDeep(t, 600)
	if four > 10*once {
		t.Errorf("%v of processor time for 150 layers, %v for 600", once, four)
	}
}

// deriveDeep returns the processor time that an epoch graph takes.
func deriveDeep(t *testing.T, depth int) time.Duration {
	m, err := zoo.Build("MLP", zoo.Options{Classes: 2, Width: 2, Depth: depth, BatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	start := processorTime(t)
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	objective := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	if _, err := net.Epoch(objective, training.Optimizer{Kind: training.SGD, Momentum: 0.9}, nil); err != nil {
		t.Fatal(err)
	}
	return processorTime(t) - start
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
