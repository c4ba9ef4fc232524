package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs/training"
)

// TestSummaryOfMany shows the first and last of many tensors, and counts all.
func TestSummaryOfMany(t *testing.T) {
	for tensors, lines := range map[int]int{1: 1, 50: 50, 51: 41, 400: 41} {
		net := &training.Net{}
		for i := range tensors {
			net.Tensors = append(net.Tensors, training.Tensor{Name: fmt.Sprint("w", i), Shape: []int64{2, 3}, Trained: true})
		}
		text := Summary(net)
		if got := strings.Count(text, "\n") - 2; got != lines { // heading and sum
			t.Errorf("%d tensors in %d lines, want %d:\n%s", tensors, got, lines, text)
		}
		last := fmt.Sprintf("w%d ", tensors-1)
		if !strings.Contains(text, "\nw0 ") || !strings.Contains(text, "\n"+last) || !strings.HasSuffix(text, fmt.Sprintf("%d parameters are trained, 0 numbers are not\n", 6*tensors)) {
			t.Errorf("%d tensors:\n%s", tensors, text)
		}
		if more := fmt.Sprintf("… %d more ", tensors-40); strings.Contains(text, more) != (tensors > 50) {
			t.Errorf("%d tensors:\n%s", tensors, text)
		}
	}
}
