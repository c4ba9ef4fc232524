package ort

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// DeviceKind is a kind of processor.
type DeviceKind uint8

// The kinds of devices.
const (
	CPU  DeviceKind = iota
	CUDA            // an NVIDIA GPU
	Auto            // the first GPU where the runtime can use it, else the CPU: see Runtime.Device
)

// Device is where a session computes; the zero value is the CPU.
type Device struct {
	Kind    DeviceKind
	Ordinal int // which of the GPUs, from 0
}

// ParseDevice reads "auto", "cpu", "cuda" or "cuda:N", in upper or lower case.
func ParseDevice(text string) (Device, error) {
	switch name, ordinal, numbered := strings.Cut(strings.ToLower(text), ":"); {
	case name == "auto" && !numbered:
		return Device{Kind: Auto}, nil
	case name == "cpu" && !numbered:
		return Device{Kind: CPU}, nil
	case name == "cuda" && !numbered:
		return Device{Kind: CUDA}, nil
	case name == "cuda":
		if n, err := strconv.ParseUint(ordinal, 10, 16); err == nil {
			return Device{Kind: CUDA, Ordinal: int(n)}, nil
		}
	}
	return Device{}, fmt.Errorf("device %q: want auto, cpu, cuda or cuda:N", text)
}

// String is the device as ParseDevice reads it, a GPU with its number.
func (d Device) String() string {
	switch d.Kind {
	case CPU:
		return "cpu"
	case CUDA:
		return fmt.Sprintf("cuda:%d", d.Ordinal)
	case Auto:
		return "auto"
	}
	return fmt.Sprintf("DeviceKind(%d)", d.Kind)
}

// allocator is the runtime's name for the device's memory.
func (d Device) allocator() string {
	if d.Kind == CUDA {
		return "Cuda"
	}
	return "Cpu"
}

// DeviceError says why the runtime cannot compute on a device at all.
type DeviceError struct {
	Device Device
	Err    error
}

// Error is one line.
func (e *DeviceError) Error() string { return fmt.Sprintf("use the device %s: %v", e.Device, e.Err) }

// Unwrap is the cause.
func (e *DeviceError) Unwrap() error { return e.Err }

// Device makes sure that the runtime can compute on the device, by making a small session there. Auto becomes the first GPU where
// that works, else the CPU. The error is a *DeviceError.
func (r *Runtime) Device(d Device) (Device, error) {
	if d.Kind != Auto {
		return d, r.try(d)
	}
	if !hasGPU() {
		return Device{Kind: CPU}, nil
	}
	gpu := Device{Kind: CUDA}
	if err := r.try(gpu); err != nil {
		slog.Warn("computing on the CPU, since the GPU cannot be used", "error", err)
		return Device{Kind: CPU}, nil
	}
	return gpu, nil
}

// try makes a small session on the device, which the copies to and from it use later.
func (r *Runtime) try(d Device) error {
	_, err := r.copier(d, Float32)
	if cannot, ok := errors.AsType[*DeviceError](err); ok {
		return cannot // not a matter of the small session
	}
	return err
}
