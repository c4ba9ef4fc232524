package ort

// #include "api.h"
import "C"

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"
)

// Tensor is a *Buffer, which lies in the program's memory, or a *Value, which lies on a session's device.
type Tensor interface {
	DType() DType
	Shape() []int64
	String() string

	// lend gives use the runtime's handle of the tensor, for the time of the call.
	lend(use func(*C.OrtValue) error) error
	retain()
	release()
}

var (
	_ Tensor = (*Buffer)(nil)
	_ Tensor = (*Value)(nil)
)

// Value is a dense tensor on a session's device: made by NewValue, or by a run of a DeviceBinding. It can be bound to any session, and
// is not copied by one on the same device. It keeps the session that it came from in memory until it is closed.
type Value struct {
	session *Session
	value   *C.OrtValue
	dtype   DType
	shape   []int64
	closed  atomic.Bool
	users   atomic.Int32 // the owner, until Close, and every open binding
}

// NewValue returns a tensor of undefined elements on the session's device, at one place for its whole life. The caller must Close it.
func (s *Session) NewValue(t DType, shape ...int64) (*Value, error) {
	s.mustBeOpen()
	if _, err := byteSize(t, shape); err != nil {
		return nil, err
	}
	var value *C.OrtValue
	err := statusError(C.memdil_create_tensor(s.memory.allocator, (*C.int64_t)(unsafe.SliceData(shape)), C.size_t(len(shape)), C.int(t), &value))
	if err != nil {
		return nil, fmt.Errorf("allocate %s%v on %s: %w", t, shape, s.device, s.cause(err))
	}
	return s.takeValue(value)
}

// takeValue makes a Value of a tensor on the session's device, which it takes over.
func (s *Session) takeValue(value *C.OrtValue) (*Value, error) {
	t, shape, err := valueType(value)
	if err != nil {
		C.ReleaseOrtValue(value)
		return nil, err
	}
	s.users.Add(1)
	v := &Value{session: s, value: value, dtype: t, shape: shape}
	v.users.Store(1)
	return v, nil
}

// takeOutputs makes Values of what a run of the session gave, the right number of them.
func (s *Session) takeOutputs(b *bindingTable, count int) ([]*Value, error) {
	raw, err := b.outputs()
	if err == nil && len(raw) != count {
		err = fmt.Errorf("%d values for %d outputs", len(raw), count)
	}
	values := make([]*Value, 0, count)
	for _, r := range raw { // all are taken over, even after an error
		v, failed := s.takeValue(r)
		if failed != nil {
			err = failed
			continue
		}
		values = append(values, v)
	}
	if err != nil {
		for _, v := range values {
			_ = v.Close()
		}
		return nil, err
	}
	return values, nil
}

// DType is the value's element type.
func (v *Value) DType() DType { return v.dtype }

// Shape is a copy of the value's shape; it has no elements for a rank-0 tensor.
func (v *Value) Shape() []int64 { return slices.Clone(v.shape) }

// String is the value's type, shape and device in the form "float32[16 10] on cuda:0".
func (v *Value) String() string { return fmt.Sprintf("%s%v on %s", v.dtype, v.shape, v.session.device) }

// CopyTo copies the value's elements into the buffer, which must have the same type and shape.
func (v *Value) CopyTo(b *Buffer) error { return v.session.runtime.copy(v.session.device, v, b) }

// CopyFrom overwrites the value's elements with the buffer's, which must have the same type and shape.
func (v *Value) CopyFrom(b *Buffer) error { return v.session.runtime.copy(v.session.device, b, v) }

func (v *Value) lend(use func(*C.OrtValue) error) error { return use(v.value) }

// Close gives the memory back, once no open DeviceBinding uses it. Closing twice is harmless. It always returns nil.
func (v *Value) Close() error {
	if v.closed.CompareAndSwap(false, true) {
		v.release()
	}
	return nil
}

// retain keeps the memory beyond Close, until release.
func (v *Value) retain() {
	if v.closed.Load() {
		panic("ort: use of a closed value")
	}
	v.users.Add(1)
}

func (v *Value) release() {
	if v.users.Add(-1) == 0 {
		C.ReleaseOrtValue(v.value)
		v.value = nil
		_ = v.session.release() // an error would come again from the session's Close
	}
}

// deviceMemory is how a session allocates on its device.
type deviceMemory struct {
	info      *C.OrtMemoryInfo
	allocator *C.OrtAllocator
}

func newDeviceMemory(session *C.OrtSession, d Device) (m deviceMemory, err error) {
	name := C.CString(d.allocator())
	defer C.free(unsafe.Pointer(name))
	if err := statusError(C.memdil_create_memory_info(name, C.int(d.Ordinal), &m.info)); err != nil {
		return m, err
	}
	err = statusError(C.memdil_create_allocator(session, m.info, &m.allocator))
	return m, err // in a statement of its own: in one, Go may read m before the call
}

// free gives it back; it is valid for the zero value, too.
func (m deviceMemory) free() {
	if m.allocator != nil {
		C.memdil_release_allocator(m.allocator)
	}
	if m.info != nil {
		C.ReleaseOrtMemoryInfo(m.info)
	}
}
