package ort

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"

	yalue "github.com/yalue/onnxruntime_go"
)

// SessionOptions say how a model is run. The zero value is sound.
type SessionOptions struct {
	// Threads is the number of threads that share one operator's work; 0 means as many as Go itself uses (GOMAXPROCS, which
	// respects CPU affinity and container limits). Results are bit-equal only at equal threads.
	Threads int
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
	return newSession(model, o, func(options *yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error) {
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
	return newSession(model, o, func(options *yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error) {
		return yalue.NewDynamicAdvancedSession(path, nil, nil, options)
	})
}

func newSession(model []byte, o SessionOptions, create func(*yalue.SessionOptions) (*yalue.DynamicAdvancedSession, error)) (*Session, error) {
	inputs, declared, err := signature(model)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, err)
	}
	options, err := o.build()
	if err != nil {
		return nil, fmt.Errorf("session options of %s: %w", o.Name, oneLine(err))
	}
	defer func() { _ = options.Destroy() }() // it holds memory only
	session, err := create(options)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", o.Name, oneLine(err))
	}
	s := &Session{name: o.Name, session: session, inputs: inputs}
	s.users.Store(1)
	if s.outputs, err = outputsOf(sessionPointer(session), declared); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("read the outputs of %s: %w", o.Name, err)
	}
	return s, nil
}

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
		options.SetMemPattern(true),
		options.SetCpuMemArena(true),
		// The runtime warns of every default initializer that a caller leaves out, and logs errors that it returns as well.
		options.SetLogSeverityLevel(yalue.LoggingLevelFatal),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1"),
	)
	if err != nil {
		_ = options.Destroy()
		return nil, err
	}
	return options, nil
}

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
	if err := s.session.Destroy(); err != nil {
		return fmt.Errorf("close %s: %w", s.name, err)
	}
	return nil
}
