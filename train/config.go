package train

import (
	"fmt"
	"runtime"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// Config says what is trained and how.
type Config struct {
	Net       *training.Net
	Objective training.Objective
	Optimizer training.Optimizer
	Schedule  Schedule
	// BatchSize is the number of samples a step; 0 means all. The last batch of
	// an epoch may be smaller.
	BatchSize int
	// MicroBatch is the most samples that are evaluated at once, but that a last
	// one, which BatchNormalization has no variance for, joins the piece before;
	// 0 means whole batches. Pieces give the batch's loss and gradient to
	// rounding, except through BatchNormalization, which takes its statistics
	// from a piece, and moves the running ones with each. The host loop only.
	MicroBatch int
	// Seed determines the order of the samples.
	Seed uint64
	// Threads is how many threads the runtime and the optimizer use; 0 means
	// all cores. Results are bit-equal at equal threads only.
	Threads int
	// Device is where the graphs run.
	Device ort.Device
	// TF32 lets a GPU round the factors of products to TensorFloat-32.
	TF32 bool
	// Loop is how the steps are run. The loops agree to rounding.
	Loop LoopKind
	// Evaluated, unless it is nil, is told the loss of every evaluation by which
	// L-BFGS makes a step, for a step can take long: with the number of batches
	// done, which it is not one of. Nothing may be done to the Trainer meanwhile.
	Evaluated Progress
	// Profile, unless it is "", is the start of the paths of files in which the
	// runtime notes the time of every operator, when the Trainer is closed.
	Profile string
}

// LoopKind names a way to run the steps of training.
type LoopKind string

// The loops. "" is AutoLoop.
const (
	AutoLoop   LoopKind = "auto"   // the host loop on the CPU, the device loop elsewhere
	HostLoop   LoopKind = "host"   // a step at a time; the optimizer is memdil's own
	DeviceLoop LoopKind = "device" // many steps at a time, optimizer included
)

// Check reports settings that make no sense.
func (c Config) Check() error {
	if c.BatchSize < 0 {
		return fmt.Errorf("batch size must be at least 1, or 0 for all samples, not %d", c.BatchSize)
	}
	if c.MicroBatch < 0 || c.MicroBatch == 1 && len(c.Net.Buffers) > 0 {
		return fmt.Errorf("pieces of a batch must have at least 1 sample, 2 under BatchNormalization, not %d", c.MicroBatch)
	}
	for _, check := range []func() error{c.Objective.Loss.Check, c.Optimizer.Check, c.Schedule.Check} {
		if err := check(); err != nil {
			return err
		}
	}
	if c.Objective.Decay != nil {
		return c.Objective.Decay.Check()
	}
	return nil
}

// split reports whether batches are evaluated in pieces.
func (c Config) split() bool {
	return c.MicroBatch > 0 && (c.BatchSize == 0 || c.MicroBatch < c.BatchSize)
}

func (c Config) threads() int {
	if c.Threads > 0 {
		return c.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// session says how a graph of that name runs.
func (c Config) session(name string) ort.SessionOptions {
	return ort.SessionOptions{Threads: c.threads(), Device: c.Device, TF32: c.TF32, Profile: c.Profile, Name: name + " graph"}
}
