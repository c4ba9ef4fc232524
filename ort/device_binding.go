package ort

import (
	"fmt"
	"slices"
)

// DeviceBinding runs a session over and over with tensors on its device. What one run leaves there the next can take as an input,
// so that only what the program sets or asks for crosses the bus. On the CPU it works the same, on the program's memory.
// It is for one goroutine at a time.
type DeviceBinding struct {
	session *Session
	handle  *bindingTable
	inputs  map[string]Tensor
	outputs []boundOutput // in the order in which they were first bound, which is the runtime's
}

// boundOutput is where a run writes an output: to a tensor, or to a fresh value on the device.
type boundOutput struct {
	name  string
	to    Tensor // nil for a fresh value
	fresh *Value // what the latest run made; nil before
	carry string // the input that takes the fresh value; empty for none
}

func (o boundOutput) isFresh() bool { return o.to == nil }

// BindDevice opens a binding without any inputs and outputs.
func (s *Session) BindDevice() (*DeviceBinding, error) {
	s.mustBeOpen()
	handle, err := newBindingTable(s)
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", s.name, err)
	}
	s.users.Add(1)
	return &DeviceBinding{session: s, handle: handle, inputs: map[string]Tensor{}}, nil
}

// Input sets an input for all runs to come. A Buffer is copied to the device here, if its session wants it there, and not again by
// the runs: after changing its elements, set it again. A Value of the same device is read where it lies.
func (b *DeviceBinding) Input(name string, t Tensor) error {
	b.mustBeOpen()
	if err := checkType("input", name, t, b.session.inputs); err != nil {
		return fmt.Errorf("bind %s: %w", b.session.name, err)
	}
	return b.setInput(name, t)
}

func (b *DeviceBinding) setInput(name string, t Tensor) error {
	t.retain()
	if err := b.handle.bindInput(name, t); err != nil {
		t.release()
		return fmt.Errorf("bind %s: input %s %s: %w", b.session.name, name, t, b.session.cause(err))
	}
	if old := b.inputs[name]; old != nil {
		old.release()
	}
	b.inputs[name] = t
	return nil
}

// Output has all runs to come write an output to the tensor, whose shape must be the very shape that the model will give. It must not
// be an input of the same run.
func (b *DeviceBinding) Output(name string, t Tensor) error {
	b.mustBeOpen()
	if err := checkType("output", name, t, b.session.outputs); err != nil {
		return fmt.Errorf("bind %s: %w", b.session.name, err)
	}
	return b.setOutput(boundOutput{name: name, to: t})
}

// Keep has every run leave an output on the device, as a fresh value of whatever shape: see Value.
func (b *DeviceBinding) Keep(output string) error { return b.Carry(output, "") }

// Carry is Keep, and every run makes the value the input of the next one. Before the first run, Input sets what it starts from.
func (b *DeviceBinding) Carry(output, input string) error {
	b.mustBeOpen()
	if _, err := declaredAs("output", output, b.session.outputs); err != nil {
		return fmt.Errorf("bind %s: %w", b.session.name, err)
	}
	if input != "" {
		if _, err := declaredAs("input", input, b.session.inputs); err != nil {
			return fmt.Errorf("bind %s: %w", b.session.name, err)
		}
	}
	return b.setOutput(boundOutput{name: output, carry: input})
}

// setOutput binds an output, in place of what it was bound to before.
func (b *DeviceBinding) setOutput(o boundOutput) error {
	if o.to != nil {
		o.to.retain()
	}
	if err := b.aim(o); err != nil {
		o.drop()
		return err
	}
	i := slices.IndexFunc(b.outputs, func(other boundOutput) bool { return other.name == o.name })
	if i < 0 {
		b.outputs = append(b.outputs, o)
		return nil
	}
	b.outputs[i].drop()
	b.outputs[i] = o
	return nil
}

// aim tells the runtime where the next run is to write the output.
func (b *DeviceBinding) aim(o boundOutput) (err error) {
	if o.isFresh() {
		err = b.handle.bindFresh(o.name)
	} else {
		err = b.handle.bindOutput(o.name, o.to)
	}
	if err != nil {
		return fmt.Errorf("bind %s: output %s: %w", b.session.name, o.name, err)
	}
	return nil
}

// drop lets go of what the output holds.
func (o boundOutput) drop() {
	if o.to != nil {
		o.to.release()
	}
	if o.fresh != nil {
		_ = o.fresh.Close()
	}
}

// Value is what the latest run left in an output that Keep or Carry names, nil before the first run. It is the binding's, until its
// next run or Close; another binding that is given it as an input may use it for longer.
func (b *DeviceBinding) Value(output string) *Value {
	b.mustBeOpen()
	for _, o := range b.outputs {
		if o.name == output {
			return o.fresh
		}
	}
	return nil
}

// Run runs the model once. The options may be nil.
func (b *DeviceBinding) Run(o *RunOptions) error {
	b.mustBeOpen()
	for _, io := range b.session.inputs {
		if b.inputs[io.Name] == nil && !io.Default {
			return fmt.Errorf("run %s: input %s: missing", b.session.name, io)
		}
	}
	if err := b.handle.run(o); err != nil {
		return b.failed(err)
	}
	if err := b.takeOutputs(); err != nil {
		return fmt.Errorf("read the outputs of %s: %w", b.session.name, err)
	}
	return nil
}

// takeOutputs takes what a run left on the device, and has the next run leave its own elsewhere.
func (b *DeviceBinding) takeOutputs() error {
	if !slices.ContainsFunc(b.outputs, boundOutput.isFresh) {
		return nil
	}
	values, err := b.session.takeOutputs(b.handle, len(b.outputs))
	if err != nil {
		return err
	}
	for i, value := range values {
		o := &b.outputs[i]
		if !o.isFresh() {
			_ = value.Close()
			continue
		}
		o.drop()
		o.fresh = value
	}
	for _, o := range b.outputs {
		if !o.isFresh() {
			continue
		}
		if o.carry != "" {
			if err := b.setInput(o.carry, o.fresh); err != nil {
				return err
			}
		}
		if err := b.aim(o); err != nil {
			return err
		}
	}
	return nil
}

// Synchronize waits until the outputs of a run with NoSynchronize are there.
func (b *DeviceBinding) Synchronize() error {
	b.mustBeOpen()
	if err := b.handle.synchronize(); err != nil {
		return b.failed(err)
	}
	return nil
}

// failed is the error of a run.
func (b *DeviceBinding) failed(err error) error {
	return fmt.Errorf("run %s: %w", b.session.name, b.session.cause(err))
}

// Close lets go of the tensors and the session, which stay usable if they are open. Closing twice is harmless.
func (b *DeviceBinding) Close() {
	if b.handle == nil {
		return
	}
	b.handle.close()
	b.handle = nil
	for _, t := range b.inputs {
		t.release()
	}
	for _, o := range b.outputs {
		o.drop()
	}
	_ = b.session.release() // an error would come again from the session's Close
}

func (b *DeviceBinding) mustBeOpen() {
	if b.handle == nil {
		panic("ort: use of a closed binding")
	}
}
