package ort

import (
	"fmt"
	"slices"
	"strings"
)

// Run runs the model once and returns the named outputs, all of them when none is named, as fresh buffers that the caller closes.
// The runtime finds their shapes. Inputs with a default initializer may be left out.
func (s *Session) Run(inputs map[string]*Buffer, outputs []string) (map[string]*Buffer, error) {
	s.mustBeOpen()
	if len(outputs) == 0 {
		for _, io := range s.outputs {
			outputs = append(outputs, io.Name)
		}
	}
	for i, name := range outputs {
		if slices.Contains(outputs[:i], name) {
			return nil, fmt.Errorf("run %s: output %q is named twice", s.name, name)
		}
		if !slices.ContainsFunc(s.outputs, func(io IO) bool { return io.Name == name }) {
			return nil, fmt.Errorf("run %s: the model has no output %q", s.name, name)
		}
	}
	if err := s.check(inputs, nil); err != nil {
		return nil, fmt.Errorf("run %s: %w", s.name, err)
	}
	s.users.Add(1)
	defer func() { _ = s.release() }() // an error would come again from Close
	results, err := runOnce(s, inputs, outputs)
	if err != nil {
		return nil, s.runError(err, inputs, nil)
	}
	return results, nil
}

// runError says which model failed and on which shapes, of the tensors whose shapes the model leaves open.
func (s *Session) runError(err error, inputs, outputs map[string]*Buffer) error {
	err = s.cause(err)
	open := append(openShapes("input", s.inputs, inputs), openShapes("output", s.outputs, outputs)...)
	if len(open) == 0 {
		return fmt.Errorf("run %s: %w", s.name, err)
	}
	return fmt.Errorf("run %s with %s: %w", s.name, strings.Join(open, ", "), err)
}

func openShapes(role string, declared []IO, buffers map[string]*Buffer) []string {
	var open []string
	for _, io := range declared {
		if b := buffers[io.Name]; b != nil && (io.Shape == nil || slices.Contains(io.Shape, -1)) {
			open = append(open, fmt.Sprintf("%s %s %s", role, io.Name, b))
		}
	}
	return open
}
