package ort

// #include "api.h"
import "C"

import (
	"fmt"
	"strconv"
	"unsafe"
)

// RunSettings say how a DeviceBinding is run. The zero value is what a run without options does.
type RunSettings struct {
	// GraphID numbers the CUDA graph in which a session with SessionOptions.CUDAGraph records the run; its later runs replay it. Two
	// bindings that take turns need two numbers, from 1. 0 stands for the runtime's own, -1 for neither record nor replay.
	GraphID int
	// NoSynchronize lets Run return before the GPU has finished: see DeviceBinding.Synchronize.
	NoSynchronize bool
	// Shrink names the session's GPU, to which it is to give back, after the run, the memory that it holds for none of its values. A
	// CPU is given nothing back.
	Shrink Device
}

// RunOptions are RunSettings made ready for any number of runs. Close frees them.
type RunOptions struct{ options *C.OrtRunOptions }

// NewRunOptions prepares the settings.
func (r *Runtime) NewRunOptions(s RunSettings) (*RunOptions, error) {
	var o RunOptions
	if err := statusError(C.CreateRunOptions(&o.options)); err != nil {
		return nil, fmt.Errorf("run options: %w", err)
	}
	entries := map[string]string{}
	if s.GraphID != 0 {
		entries["gpu_graph_id"] = strconv.Itoa(s.GraphID)
	}
	if s.NoSynchronize {
		entries["disable_synchronize_execution_providers"] = "1"
	}
	if s.Shrink.Kind == CUDA {
		entries["memory.enable_memory_arena_shrinkage"] = "gpu:" + strconv.Itoa(s.Shrink.Ordinal)
	}
	for key, value := range entries {
		if err := o.add(key, value); err != nil {
			o.Close()
			return nil, fmt.Errorf("run option %s: %w", key, err)
		}
	}
	return &o, nil
}

func (o *RunOptions) add(key, value string) error {
	cKey, cValue := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(cKey))
	defer C.free(unsafe.Pointer(cValue))
	return statusError(C.memdil_add_run_config_entry(o.options, cKey, cValue))
}

// Terminate makes the runs with these options, those under way too, end with an error before their next operator.
func (o *RunOptions) Terminate() error { return statusError(C.RunOptionsSetTerminate(o.options)) }

// Close frees the options. Closing twice is harmless.
func (o *RunOptions) Close() {
	if o.options != nil {
		C.ReleaseRunOptions(o.options)
		o.options = nil
	}
}

// pointer is the runtime's handle; that of nil options is nil.
func (o *RunOptions) pointer() *C.OrtRunOptions {
	if o == nil {
		return nil
	}
	if o.options == nil {
		panic("ort: use of closed run options")
	}
	return o.options
}
