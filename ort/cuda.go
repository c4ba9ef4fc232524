package ort

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/memdil/memdil/ort/library"
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
		// cuDNN chooses by what it knows of the GPU. Were it to time its algorithms, the choice, and with it the last bits, would
		// differ from run to run, and be no better: ResNet-18 took 7 % longer at batch 16 on an H100, and 1 % less at 128.
		"cudnn_conv_algo_search":       "HEURISTIC",
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
		if err := keepSignals(func() error { return r.useCUDA(options, o) }); err != nil {
			return &DeviceError{o.Device, err}
		}
		return nil
	}
	return &DeviceError{o.Device, errors.New("resolve it first: see Runtime.Device")}
}

func (r *Runtime) useCUDA(options *yalue.SessionOptions, o SessionOptions) error {
	if !r.hasCUDA() {
		return fmt.Errorf("the ONNX Runtime in use (%s, from %s) has no CUDA provider: %s", r.info.Library, r.info.Source, getCUDA)
	}
	r.loadingNVIDIA.Do(func() { r.nvidia = library.LoadNVIDIA(context.Background(), r.info.Library) })
	if err := appendCUDA(options, o); err != nil {
		if missing := r.nvidia.Missing(); missing != nil {
			err = fmt.Errorf("load the CUDA provider: %w", missing)
		}
		if !hasGPU() {
			return fmt.Errorf("no NVIDIA GPU is found here; %w", err)
		}
		return err
	}
	r.warningOfConvolutions.Do(func() {
		if err := r.nvidia.CuDNN(); err != nil {
			slog.Warn(err.Error())
		}
	})
	return nil
}

// getCUDA is the advice to those who lack the CUDA provider.
const getCUDA = "run `memdil runtime install --cuda`, or set ORT_LIBRARY to a library that has one beside it"

func appendCUDA(options *yalue.SessionOptions, o SessionOptions) error {
	provider, err := yalue.NewCUDAProviderOptions()
	if err != nil {
		return cudaCause(err)
	}
	defer func() { _ = provider.Destroy() }() // it holds memory only
	if err := provider.Update(cudaSettings(o)); err != nil {
		return cudaCause(err)
	}
	if err := options.AppendExecutionProviderCUDA(provider); err != nil {
		return cudaCause(err)
	}
	return nil
}

// GPUError is what a GPU, its driver or NVIDIA's libraries could not do.
type GPUError struct {
	Reason string
	Full   bool // its memory is too small for what it should hold
}

// Error is one line.
func (e *GPUError) Error() string { return e.Reason }

// cudaCause is what went wrong, without the places in the runtime's source that its messages name before and behind.
func cudaCause(err error) error {
	message := oneLine(err).Error()
	if m := noRoom.FindStringSubmatch(message); m != nil {
		return &GPUError{Reason: fmt.Sprintf("the GPU has no room for another %s MB", megabytes(m[1])), Full: true}
	}
	for _, before := range []string{" : FAIL : ", "with error: "} {
		if i := strings.LastIndex(message, before); i >= 0 {
			message = message[i+len(before):]
		}
	}
	if i := failures.FindStringIndex(message); i != nil { // "CUDA failure 100: no CUDA-capable device is detected ; GPU=0 ; …"
		reason, _, _ := strings.Cut(message[i[0]:], " ; ")
		return &GPUError{Reason: reason, Full: memoryFailures.MatchString(reason)}
	}
	if m := ordinals.FindStringSubmatch(message); m != nil {
		return fmt.Errorf("there is no GPU %s here: the last is %s", m[1], lastOf(m[2]))
	}
	return errors.New(message)
}

// noRoom is how the runtime says that it could not get so many bytes.
var noRoom = regexp.MustCompile(`Failed to allocate memory for requested buffer of size (\d+)`)

// failures are how it passes on what a call of NVIDIA's libraries gave, memoryFailures those that tell of a lack of memory.
var (
	failures       = regexp.MustCompile(`\b(CUDA|CUBLAS|CUDNN|CUDNN_FE|CURAND|CUFFT) failure \d+`)
	memoryFailures = regexp.MustCompile(`CUDA failure 2:|_ALLOC_FAILED`)
)

// megabytes is a number of bytes in megabytes, rounded up.
func megabytes(bytes string) string {
	n, _ := strconv.ParseUint(bytes, 10, 64) // the largest number in place of one beyond it
	return strconv.FormatUint(n/1_000_000+1, 10)
}

// ordinals is how the runtime refuses a GPU that is not there: its number and how many there are.
var ordinals = regexp.MustCompile(`Invalid device ID: (\d+), must be between 0 \(inclusive\) and (\d+) \(exclusive\)`)

// lastOf is the number of the last of so many.
func lastOf(count string) string {
	n, err := strconv.Atoi(count)
	if err != nil {
		return count
	}
	return strconv.Itoa(n - 1)
}

// hasCUDA tells whether the CUDA provider's library lies beside the loaded one.
func (r *Runtime) hasCUDA() bool { return slices.Contains(r.info.Providers, "cuda") }

// HasGPU tells whether NVIDIA's driver has a device here, be the runtime able to use it or not.
func HasGPU() bool { return hasGPU() }

// hasGPU tells whether NVIDIA's driver has a device; a variable so that tests can tell otherwise.
var hasGPU = func() bool {
	return slices.ContainsFunc([]string{"/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"}, func(path string) bool { // the last in Windows' Linux
		_, err := os.Stat(path)
		return err == nil
	})
}
