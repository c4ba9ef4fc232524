package ort

import (
	"errors"
	"runtime"

	yalue "github.com/yalue/onnxruntime_go"
)

// build makes the runtime's options: every graph optimisation, one operator after the other, all threads inside an operator.
func (o SessionOptions) build() (*yalue.SessionOptions, error) {
	threads := o.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	options, err := yalue.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(threads),
		options.SetInterOpNumThreads(1),
		options.SetExecutionMode(yalue.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(yalue.GraphOptimizationLevelEnableAll),
		// A pattern of the first run asks for a second block of memory beside what that run holds.
		options.SetMemPattern(o.Device.Kind != CPU),
		options.SetCpuMemArena(true),
		// The runtime warns of every default initializer that a caller leaves out, and logs errors that it returns as well.
		options.SetLogSeverityLevel(yalue.LoggingLevelFatal),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1"),
		// Between runs the cores are for others, such as the optimizer, which takes two thirds of the time without threads that spin beside it.
		options.AddSessionConfigEntry("session.force_spinning_stop", "1"),
	)
	if o.Device.Kind != CPU {
		// It joins Slices that make up a whole value to a Split, for which a GPU is sent a table by every run unless the pieces are equal.
		err = errors.Join(err, options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "GatherSliceToSplitFusion"))
	}
	if o.DisableCPUFallback && o.Device.Kind != CPU { // of the CPU's own sessions the runtime would complain, too
		err = errors.Join(err, options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1"))
	}
	if o.Profile != "" {
		err = errors.Join(err, options.EnableProfiling(o.Profile))
	}
	if err != nil {
		_ = options.Destroy()
		return nil, err
	}
	return options, nil
}
