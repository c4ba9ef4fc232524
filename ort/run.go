package ort

import (
	"fmt"
	"slices"
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
	for _, name := range outputs {
		if !slices.ContainsFunc(s.outputs, func(io IO) bool { return io.Name == name }) {
			return nil, fmt.Errorf("run %s: the model has no output %q", s.name, name)
		}
	}
	if err := s.check(inputs, nil); err != nil {
		return nil, fmt.Errorf("run %s: %w", s.name, err)
	}
	s.users.Add(1)
	defer s.release()
	results, err := runOnce(sessionPointer(s.session), inputs, outputs)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", s.name, err)
	}
	return results, nil
}
