package ort

import (
	"errors"
	"slices"
	"strconv"

	yalue "github.com/yalue/onnxruntime_go"
)

// cudaSettings are the CUDA provider's settings, all of them here.
func cudaSettings(o SessionOptions) map[string]string {
	return map[string]string{
		"device_id": strconv.Itoa(o.Device.Ordinal),
		// TensorFloat-32 rounds the factors of every product to 10 bits of mantissa: fast, but another experiment. On request only.
		"use_tf32": zeroOrOne(o.TF32),
		// The arena would otherwise double at each extension and could hold twice the memory that training needs.
		"arena_extend_strategy": "kSameAsRequested",
		// Every convolution shape is timed once, with all the workspace it wants, and then runs thousands of times.
		"cudnn_conv_algo_search":       "EXHAUSTIVE",
		"cudnn_conv_use_max_workspace": "1",
		// Copies on the stream of the kernels need no synchronisation with it.
		"do_copy_in_default_stream": "1",
		// The runs of one graph ID are recorded once and replayed: see RunOptions.
		"enable_cuda_graph": zeroOrOne(o.CUDAGraph),
	}
}

func zeroOrOne(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// useDevice makes the options those of a session on the device.
func (r *Runtime) useDevice(options *yalue.SessionOptions, o SessionOptions) error {
	switch o.Device.Kind {
	case CPU:
		return nil
	case CUDA:
		return keepSignals(func() error { return appendCUDA(options, o) })
	}
	return errors.New("resolve the device first: see Runtime.Device")
}

func appendCUDA(options *yalue.SessionOptions, o SessionOptions) error {
	provider, err := yalue.NewCUDAProviderOptions()
	if err != nil {
		return oneLine(err)
	}
	defer func() { _ = provider.Destroy() }() // it holds memory only
	if err := provider.Update(cudaSettings(o)); err != nil {
		return oneLine(err)
	}
	if err := options.AppendExecutionProviderCUDA(provider); err != nil {
		return oneLine(err)
	}
	return nil
}

// hasCUDA tells whether the CUDA provider's library lies beside the loaded one.
func (r *Runtime) hasCUDA() bool { return slices.Contains(r.info.Providers, "cuda") }
