package ort

// #include "api.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"
)

// bindingTable is a session's table of bound tensors. The runtime keeps the tensors' memory no longer than the program does: whoever
// binds must retain them.
type bindingTable struct {
	session *Session
	table   *C.OrtIoBinding
}

func newBindingTable(s *Session) (*bindingTable, error) {
	b := &bindingTable{session: s}
	if err := statusError(C.CreateIoBinding(sessionPointer(s.session), &b.table)); err != nil {
		return nil, err
	}
	return b, nil
}

// bindInput copies the tensor to where the session wants the input, unless it lies there.
func (b *bindingTable) bindInput(name string, t Tensor) error {
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	return t.lend(func(v *C.OrtValue) error { return statusError(C.BindInput(b.table, cName, v)) })
}

func (b *bindingTable) bindOutput(name string, t Tensor) error {
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	return t.lend(func(v *C.OrtValue) error { return statusError(C.BindOutput(b.table, cName, v)) })
}

// bindFresh has the next run leave the output in memory of its own on the session's device.
func (b *bindingTable) bindFresh(name string) error {
	cName := C.CString(name)
	defer C.free(unsafe.Pointer(cName))
	return statusError(C.memdil_bind_output_to_device(b.table, cName, b.session.memory.info))
}

func (b *bindingTable) run(o *RunOptions) error {
	if b.session.ran.Load() { // without the closure, which would be garbage
		return b.runNow(o)
	}
	return b.session.guardRun(func() error { return b.runNow(o) })
}

func (b *bindingTable) runNow(o *RunOptions) error {
	return statusError(C.memdil_run_with_binding(sessionPointer(b.session.session), o.pointer(), b.table))
}

// outputs are the values that the latest run gave, in the order in which their names were first bound; the caller releases them.
func (b *bindingTable) outputs() ([]*C.OrtValue, error) {
	var array **C.OrtValue
	var count C.size_t
	if err := statusError(C.GetBoundOutputValues(b.table, &array, &count)); err != nil {
		return nil, err
	}
	values := slices.Clone(unsafe.Slice(array, int(count)))
	return values, statusError(C.FreeWithDefaultORTAllocator(unsafe.Pointer(array)))
}

func (b *bindingTable) synchronize() error { return statusError(C.memdil_synchronize_outputs(b.table)) }

func (b *bindingTable) close() { C.ReleaseIoBinding(b.table) }

// runOnce runs the session on the inputs; the runtime allocates the outputs.
func runOnce(s *Session, inputs map[string]*Buffer, outputs []string) (map[string]*Buffer, error) {
	var values []*C.OrtValue
	var names []*C.char
	defer func() {
		for _, v := range values {
			C.ReleaseOrtValue(v)
		}
		for _, n := range names {
			C.free(unsafe.Pointer(n))
		}
	}()
	for name, b := range inputs {
		b.retain()
		defer b.release()
		value, err := newValue(b)
		if err != nil {
			return nil, fmt.Errorf("input %s %s: %w", name, b, err)
		}
		values = append(values, value)
		names = append(names, C.CString(name))
	}
	for _, name := range outputs {
		names = append(names, C.CString(name))
	}
	results := make([]*C.OrtValue, len(outputs))
	err := s.guardRun(func() error {
		return statusError(C.RunOrtSessionWithOptions(sessionPointer(s.session),
			unsafe.SliceData(values), unsafe.SliceData(names), C.int(len(inputs)),
			unsafe.SliceData(results), unsafe.SliceData(names[len(inputs):]), C.int(len(outputs)), nil))
	})
	if err != nil {
		return nil, err
	}
	return adoptAll(results, outputs)
}

// adoptAll takes over the values, all of them even when it fails.
func adoptAll(values []*C.OrtValue, names []string) (map[string]*Buffer, error) {
	buffers := make(map[string]*Buffer, len(values))
	var failed error
	for i, value := range values {
		b, err := adoptValue(value)
		if err != nil {
			failed = fmt.Errorf("output %s: %w", names[i], err)
			continue
		}
		buffers[names[i]] = b
	}
	if failed != nil {
		for _, b := range buffers {
			_ = b.Close()
		}
		return nil, failed
	}
	return buffers, nil
}
