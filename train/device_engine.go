package train

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// engine is a way to run a chunk of steps.
type engine interface {
	// compile makes ready for batches of n samples and a learning rate, of which
	// 0 is any, unless it is. After an error it may be tried again.
	compile(n int, rate float64) error
	// most is the number of steps that a chunk of such batches should have.
	most(n int) int
	// take makes the next run start from the given values.
	take(values map[string]*ort.Buffer) error
	run(w work) (steps, error)
	// value is where the latest run left a parameter, slot or statistic.
	value(name string) *ort.Value
	close()
}

// newEngine returns the engine for the device: a recorder for a GPU, a looper
// otherwise. A recorder does not compile steps that cannot be recorded: they draw
// random numbers, or have an operator that waits for the CPU or runs there.
func newEngine(j *deviceJob, carried []string) engine {
	if j.cfg.Device.Kind == ort.CPU && !recordsAnywhere {
		return newLooper(j, carried)
	}
	return newRecorder(j, carried)
}

// derive derives a graph for the loop.
func derive[M any](j *deviceJob, as func(training.Objective, training.Optimizer, training.DeviceOptions) (M, error), o training.DeviceOptions) (M, error) {
	o.Pixels, o.TF32 = j.pixels, j.cfg.TF32
	m, err := as(j.cfg.Objective, j.cfg.Optimizer, o)
	if err != nil {
		return m, fmt.Errorf("deriving the training graph for batches of %d: %w", o.Batch, err)
	}
	return m, nil
}

// chunkTime is what a chunk should take, in seconds.
const chunkTime = 0.4

// maxChunk is the most steps of a chunk; a variable for tests.
var maxChunk = training.LongestRun

// chunkSteps returns the number of steps with batches of n samples that take
// about chunkTime on an ordinary device, a power of two, or all that an epoch
// has. It is an estimate, not a measurement, for the same steps must run together
// every time.
func (j *deviceJob) chunkSteps(m *graphs.Model, n int) int {
	seconds := 5e-6*float64(nodesInside(m)) + operations(m)/10e12
	if j.cfg.Device.Kind == ort.CPU {
		seconds = 2e-6*float64(nodesInside(m)) + operations(m)/(20e9*float64(j.cfg.threads()))
	}
	fit := min(chunkTime/seconds, float64(maxChunk))
	return min(1<<max(0, int(math.Log2(fit))), j.data.Len()/n)
}

// nodesInside counts the nodes of a step: those of a Loop's body, or of the
// graph where there is none.
func nodesInside(m *graphs.Model) int {
	count := 0
	for _, n := range m.Graph.Nodes {
		for _, body := range n.Subgraphs() {
			count += len(body.Nodes)
		}
	}
	if count == 0 {
		count = len(m.Graph.Nodes)
	}
	return count
}

// operations counts a step's floating-point operations, as far as they are
// known.
func operations(m *graphs.Model) float64 {
	c, err := cost.Of(m, 0)
	if err != nil {
		return 0
	}
	return float64(c.FLOPs)
}
