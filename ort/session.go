package ort

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	yalue "github.com/yalue/onnxruntime_go"
)

// SessionOptions say how a model is run. The zero value is sound.
type SessionOptions struct {
	// Threads is the number of threads that share one operator's work; 0 means as many as Go itself uses (GOMAXPROCS, which
	// respects CPU affinity and container limits). Results are bit-equal only at equal threads.
	Threads int
	// Device is where the model is computed; Auto is not allowed: see Runtime.Device.
	Device Device
	// TF32 lets a GPU round the factors of products to TensorFloat-32, for speed. By default they are float32.
	TF32 bool
	// CUDAGraph has a GPU record the runs of each graph ID of RunOptions once and replay them from then on. The model must have no
	// control flow, and all tensors of such runs must be Values at the same places each time.
	CUDAGraph bool
	// DisableCPUFallback makes it an error if a GPU cannot compute some operator, which the CPU would do instead.
	DisableCPUFallback bool
	// Profile is the start of the path of a file in which the runtime notes every operator's time: see EndProfiling. Empty means none.
	Profile string
	// Name is what error messages call the model; by default the file's base name, or "model".
	Name string
}

// IO describes an input or output of a model.
type IO struct {
	Name    string
	DType   DType
	Shape   []int64 // -1 where a dimension is symbolic; empty for rank 0, nil for an unknown rank
	Default bool    // of an input: it has a default initializer and may be left out of a run
}

// String is the description in the form "name float32[-1 10]", with " = default" behind it for an input that has one.
func (io IO) String() string {
	text := fmt.Sprintf("%s %s%v", io.Name, io.DType, io.Shape)
	if io.Default {
		text += " = default"
	}
	return text
}

// Session is a model made ready to run on the runtime.
type Session struct {
	name            string
	runtime         *Runtime
	device          Device
	memory          deviceMemory
	ran             atomic.Bool // it has been run
	session         *yalue.DynamicAdvancedSession
	inputs, outputs []IO
	closed          atomic.Bool
	users           atomic.Int32 // the owner, until Close, and every open binding
}

// NewSession prepares the model in an ONNX file's bytes, which are not kept. External data are not found: see NewSessionFromFile.
func (r *Runtime) NewSession(model []byte, o SessionOptions) (*Session, error) {
	if o.Name == "" {
		o.Name = "model"
	}
	return r.newSession(model, o, func(options *yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error) {
		return yalue.NewDynamicAdvancedSessionWithONNXData(model, nil, nil, options)
	})
}

// NewSessionFromFile prepares the model in an ONNX file; external data are found beside the file.
func (r *Runtime) NewSessionFromFile(path string, o SessionOptions) (*Session, error) {
	if o.Name == "" {
		o.Name = filepath.Base(path)
	}
	model, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, err)
	}
	return r.newSession(model, o, func(options *yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error) {
		return yalue.NewDynamicAdvancedSession(path, nil, nil, options)
	})
}

func (r *Runtime) newSession(model []byte, o SessionOptions, create func(*yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error)) (*Session, error) {
	inputs, declared, err := signature(model)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, err)
	}
	options, err := o.build()
	if err != nil {
		return nil, fmt.Errorf("session options of %s: %w", o.Name, oneLine(err))
	}
	defer func() { _ = options.Destroy() }() // it holds memory only
	if err := r.useDevice(options, o); err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, err)
	}
	s := &Session{name: o.Name, runtime: r, device: o.Device, inputs: inputs}
	s.users.Store(1)
	if err := s.guard(func() error { s.session, err = create(options); return err }); err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, s.cause(oneLine(err)))
	}
	if s.outputs, err = outputsOf(sessionPointer(s.session), declared); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("read the outputs of %s: %w", o.Name, err)
	}
	if s.memory, err = newDeviceMemory(sessionPointer(s.session), o.Device); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("find the memory of %s: %w", o.Device, err)
	}
	return s, nil
}

// cause is what went wrong on the session's device, in short.
func (s *Session) cause(err error) error {
	if s.device.Kind != CUDA {
		return err
	}
	return cudaCause(err)
}

// Device is where the session computes.
func (s *Session) Device() Device { return s.device }

// Inputs are the model's inputs in its own order.
func (s *Session) Inputs() []IO { return cloneIOs(s.inputs) }

// Outputs are the model's outputs in its own order.
func (s *Session) Outputs() []IO { return cloneIOs(s.outputs) }

func cloneIOs(ios []IO) []IO {
	ios = slices.Clone(ios)
	for i := range ios {
		ios[i].Shape = slices.Clone(ios[i].Shape)
	}
	return ios
}

// Close frees the model, once no open Binding uses it. Closing twice is harmless.
func (s *Session) Close() error {
	if s.closed.CompareAndSwap(false, true) {
		return s.release()
	}
	return nil
}

func (s *Session) mustBeOpen() {
	if s.closed.Load() {
		panic("ort: use of a closed session")
	}
}

func (s *Session) release() error {
	if s.users.Add(-1) > 0 {
		return nil
	}
	s.memory.free()
	if err := s.session.Destroy(); err != nil {
		return fmt.Errorf("close %s: %w", s.name, err)
	}
	return nil
}
