package train

import (
	"testing"

	"github.com/memdil/memdil/graphs"
)

// samples are so many of nothing.
type samples int

func (s samples) Len() int          { return int(s) }
func (samples) Label(int) int64     { return 0 }
func (samples) Fill([]float32, int) {}

// TestChunkSteps has graphs of one node, for which many steps fit into a chunk:
// no more than an epoch has.
func TestChunkSteps(t *testing.T) {
	m := graphs.NewModel("step", 18)
	m.Graph.Nodes = []*graphs.Node{{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"y"}}}
	for _, c := range []struct{ samples, batch, want int }{{1 << 20, 16, maxChunk}, {100, 16, 6}, {100, 100, 1}} {
		j := &deviceJob{cfg: Config{Threads: 1}, data: samples(c.samples)}
		if got := j.chunkSteps(m, c.batch); got != c.want {
			t.Errorf("%d samples in batches of %d: chunks of %d steps, want %d", c.samples, c.batch, got, c.want)
		}
	}
}
