package ort

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Binding is a session with fixed input and output buffers: each Run reads the ones and overwrites the others, in place.
// It is for one goroutine at a time.
type Binding struct {
	session *Session
	handle  *bindingTable
	inputs  map[string]*Buffer
	outputs map[string]*Buffer
}

// Bind fixes the buffers of the named inputs and outputs. Inputs with a default initializer and outputs that are not wanted may be
// left out. A buffer's shape must be the very shape that the model will give. No buffer may be bound twice, unless only as inputs:
// the runtime is free to write an output before it has read every input.
func (s *Session) Bind(inputs, outputs map[string]*Buffer) (*Binding, error) {
	s.mustBeOpen()
	if err := s.check(inputs, outputs); err != nil {
		return nil, fmt.Errorf("bind %s: %w", s.name, err)
	}
	handle, err := newBindingTable(s)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", s.name, err)
	}
	s.users.Add(1)
	b := &Binding{session: s, handle: handle, inputs: maps.Clone(inputs), outputs: maps.Clone(outputs)}
	for buffer := range b.buffers() {
		buffer.retain()
	}
	if err := b.fill(); err != nil {
		b.Close()
		return nil, fmt.Errorf("bind %s: %w", s.name, err)
	}
	return b, nil
}

// buffers are the bound buffers, once for each name.
func (b *Binding) buffers() iter.Seq[*Buffer] {
	return func(yield func(*Buffer) bool) {
		for _, bound := range []map[string]*Buffer{b.inputs, b.outputs} {
			for _, buffer := range bound {
				if !yield(buffer) {
					return
				}
			}
		}
	}
}

func (b *Binding) fill() error {
	if err := b.bindInputs(); err != nil {
		return err
	}
	for name, buffer := range b.outputs {
		if err := b.handle.bindOutput(name, buffer); err != nil {
			return fmt.Errorf("output %s %s: %w", name, buffer, err)
		}
	}
	return nil
}

// bindInputs binds the buffers of the inputs, which copies them to the session's device unless that is the CPU.
func (b *Binding) bindInputs() error {
	for name, buffer := range b.inputs {
		if err := b.handle.bindInput(name, buffer); err != nil {
			return fmt.Errorf("input %s %s: %w", name, buffer, err)
		}
	}
	return nil
}

// Run runs the model once. On the CPU it copies nothing and allocates nothing in Go; on another device every input and output is
// copied by every run: see DeviceBinding.
func (b *Binding) Run() error {
	if b.handle == nil {
		panic("ort: Run of a closed binding")
	}
	if b.session.device.Kind != CPU {
		if err := b.bindInputs(); err != nil {
			return err
		}
	}
	if err := b.handle.run(nil); err != nil {
		return b.session.runError(err, b.inputs, b.outputs)
	}
	return nil
}

// Close lets go of the buffers and the session, which stay usable if they are open. Closing twice is harmless.
func (b *Binding) Close() {
	if b.handle == nil {
		return
	}
	b.handle.close()
	b.handle = nil
	for buffer := range b.buffers() {
		buffer.release()
	}
	_ = b.session.release()
}

// check compares what the caller gives with what the model declares, so that mistakes are told by name and before a run.
func (s *Session) check(inputs, outputs map[string]*Buffer) error {
	for name, b := range inputs {
		if err := checkOne("input", name, b, s.inputs); err != nil {
			return err
		}
	}
	for _, io := range s.inputs {
		if inputs[io.Name] == nil && !io.Default {
			return fmt.Errorf("input %s: missing", io)
		}
	}
	for name, b := range outputs {
		if err := checkOne("output", name, b, s.outputs); err != nil {
			return err
		}
	}
	role := make(map[*Buffer]string, len(inputs)+len(outputs))
	for name, b := range inputs {
		role[b] = "input " + name
	}
	for name, b := range outputs {
		if other, taken := role[b]; taken {
			return fmt.Errorf("output %s: its buffer is also %s", name, other)
		}
		role[b] = "output " + name
	}
	return nil
}

func checkOne(role, name string, b *Buffer, declared []IO) error {
	if b == nil {
		return fmt.Errorf("%s %s: no buffer", role, name)
	}
	return checkType(role, name, b, declared)
}

// checkType compares a tensor with the model's declaration.
func checkType(role, name string, t Tensor, declared []IO) error {
	io, err := declaredAs(role, name, declared)
	if err != nil {
		return err
	}
	if !io.accepts(t) {
		return fmt.Errorf("%s %s: the model wants %s%v, the tensor is %s", role, name, io.DType, io.Shape, t)
	}
	return nil
}

func declaredAs(role, name string, declared []IO) (IO, error) {
	i := slices.IndexFunc(declared, func(io IO) bool { return io.Name == name })
	if i < 0 {
		return IO{}, fmt.Errorf("%s %s: the model has none of that name", role, name)
	}
	return declared[i], nil
}

// accepts tells whether the tensor can be this input or output, as far as the model says.
func (io IO) accepts(t Tensor) bool {
	if io.DType != t.DType() {
		return false
	}
	return io.Shape == nil || slices.EqualFunc(io.Shape, t.Shape(), func(want, got int64) bool { return want < 0 || want == got })
}
