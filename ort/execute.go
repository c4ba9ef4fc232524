package ort

// #include "capi.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// bindingTable is a session's table of bound values.
type bindingTable struct {
	session *C.OrtSession
	table   *C.OrtIoBinding
	values  []*C.OrtValue
}

func newBindingTable(session *C.OrtSession) (*bindingTable, error) {
	b := &bindingTable{session: session}
	if err := statusError(C.CreateIoBinding(session, &b.table)); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *bindingTable) bindInput(name string, buffer *Buffer) error {
	value, cName, err := b.prepare(name, buffer)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return statusError(C.BindInput(b.table, cName, value))
}

func (b *bindingTable) bindOutput(name string, buffer *Buffer) error {
	value, cName, err := b.prepare(name, buffer)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return statusError(C.BindOutput(b.table, cName, value))
}

func (b *bindingTable) prepare(name string, buffer *Buffer) (*C.OrtValue, *C.char, error) {
	value, err := newValue(buffer)
	if err != nil {
		return nil, nil, err
	}
	b.values = append(b.values, value)
	return value, C.CString(name), nil
}

func (b *bindingTable) run() error { return statusError(C.RunSessionWithBinding(b.session, b.table)) }

func (b *bindingTable) close() {
	C.ReleaseIoBinding(b.table)
	for _, value := range b.values {
		C.ReleaseOrtValue(value)
	}
}

// runOnce runs the session on the inputs; the runtime allocates the outputs.
func runOnce(session *C.OrtSession, inputs map[string]*Buffer, outputs []string) (map[string]*Buffer, error) {
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
	if err := statusError(C.RunOrtSessionWithOptions(session,
		unsafe.SliceData(values), unsafe.SliceData(names), C.int(len(inputs)),
		unsafe.SliceData(results), unsafe.SliceData(names[len(inputs):]), C.int(len(outputs)), nil)); err != nil {
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
