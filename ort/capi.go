package ort

// The Go API of onnxruntime_go loads the library and makes sessions, but it cannot wrap foreign memory as a rank-0 tensor (only as
// a Scalar, whose memory the program never sees), run with default inputs left out, or tell an open session's outputs.
// So tensors, bindings and runs go straight to the C functions below that API. They are the ones onnxruntime_go links into every
// program that imports it, declared again here with opaque types; a version of it without them would not link.

/*
#include <stdint.h>
#include <stdlib.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtSession OrtSession;
typedef struct OrtValue OrtValue;
typedef struct OrtIoBinding OrtIoBinding;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;

extern const char *GetErrorMessage(OrtStatus *status);
extern void ReleaseOrtStatus(OrtStatus *status);
extern OrtStatus *FreeWithDefaultORTAllocator(void *memory);

extern OrtStatus *CreateOrtTensorWithShape(void *data, size_t size, int64_t *shape, int64_t rank, OrtMemoryInfo *info, int dtype, OrtValue **out);
extern void ReleaseOrtValue(OrtValue *value);
extern OrtStatus *GetValueType(OrtValue *value, int *out);
extern OrtStatus *GetTensorTypeAndShape(OrtValue *value, OrtTensorTypeAndShapeInfo **out);
extern OrtStatus *GetTensorMutableData(OrtValue *value, void **out);
extern void ReleaseTensorTypeAndShapeInfo(OrtTensorTypeAndShapeInfo *info);
extern OrtStatus *GetDimensionsCount(OrtTensorTypeAndShapeInfo *info, size_t *out);
extern OrtStatus *GetDimensions(OrtTensorTypeAndShapeInfo *info, int64_t *dims, size_t count);
extern OrtStatus *GetTensorElementType(OrtTensorTypeAndShapeInfo *info, int *out);

extern OrtStatus *SessionGetOutputCount(OrtSession *session, size_t *out);
extern OrtStatus *SessionGetOutputName(OrtSession *session, size_t i, char **out);
extern OrtStatus *SessionGetOutputTypeInfo(OrtSession *session, size_t i, OrtTypeInfo **out);
extern OrtStatus *CastTypeInfoToTensorInfo(OrtTypeInfo *info, OrtTensorTypeAndShapeInfo **out);
extern void ReleaseTypeInfo(OrtTypeInfo *info);

extern OrtStatus *CreateIoBinding(OrtSession *session, OrtIoBinding **out);
extern void ReleaseIoBinding(OrtIoBinding *binding);
extern OrtStatus *BindInput(OrtIoBinding *binding, char *name, OrtValue *value);
extern OrtStatus *BindOutput(OrtIoBinding *binding, char *name, OrtValue *value);
extern OrtStatus *RunSessionWithBinding(OrtSession *session, OrtIoBinding *binding);
extern OrtStatus *RunOrtSessionWithOptions(OrtSession *session, OrtValue **inputs, char **input_names, int input_count,
  OrtValue **outputs, char **output_names, int output_count, OrtRunOptions *options);
*/
import "C"

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	yalue "github.com/yalue/onnxruntime_go"
)

// onnxTensor is ONNX_TYPE_TENSOR of the C API.
const onnxTensor = 1

// statusError frees the status and returns its message on one line, or nil for success.
func statusError(status *C.OrtStatus) error {
	if status == nil {
		return nil
	}
	message := C.GoString(C.GetErrorMessage(status))
	C.ReleaseOrtStatus(status)
	return errors.New(strings.Join(strings.Fields(message), " "))
}

// sessionPointer is the C session inside s, which onnxruntime_go does not give out.
func sessionPointer(s *yalue.DynamicAdvancedSession) *C.OrtSession {
	field := reflect.ValueOf(s).Elem().FieldByName("s").Elem().FieldByName("ortSession")
	return (*C.OrtSession)(field.UnsafePointer())
}

// newValue wraps the buffer's memory, whatever its rank. The value must be released before the buffer's memory is.
func newValue(b *Buffer) (*C.OrtValue, error) {
	info, err := yalue.GetMemoryInfo()
	if err != nil {
		return nil, err
	}
	var value *C.OrtValue
	err = statusError(C.CreateOrtTensorWithShape(
		unsafe.Pointer(unsafe.SliceData(b.data)), C.size_t(len(b.data)),
		(*C.int64_t)(unsafe.SliceData(b.shape)), C.int64_t(len(b.shape)),
		(*C.OrtMemoryInfo)(unsafe.Pointer(info)), C.int(b.dtype), &value))
	return value, err
}

// adoptValue makes a Buffer of a tensor that the runtime allocated, which it takes over, without a copy.
func adoptValue(value *C.OrtValue) (*Buffer, error) {
	b, err := viewValue(value)
	if err != nil {
		C.ReleaseOrtValue(value)
		return nil, err
	}
	return b, nil
}

func viewValue(value *C.OrtValue) (*Buffer, error) {
	var kind C.int
	if err := statusError(C.GetValueType(value, &kind)); err != nil {
		return nil, err
	}
	if kind != onnxTensor {
		return nil, errors.New("not a tensor")
	}
	var info *C.OrtTensorTypeAndShapeInfo
	if err := statusError(C.GetTensorTypeAndShape(value, &info)); err != nil {
		return nil, err
	}
	defer C.ReleaseTensorTypeAndShapeInfo(info)
	dtype, shape, err := tensorInfo(info)
	if err != nil {
		return nil, err
	}
	size, err := byteSize(dtype, shape)
	if err != nil {
		return nil, err
	}
	var data unsafe.Pointer
	if err := statusError(C.GetTensorMutableData(value, &data)); err != nil {
		return nil, err
	}
	return newBuffer(dtype, shape, unsafe.Slice((*byte)(data), size), func() { C.ReleaseOrtValue(value) }), nil
}

func tensorInfo(info *C.OrtTensorTypeAndShapeInfo) (DType, []int64, error) {
	var dtype C.int
	if err := statusError(C.GetTensorElementType(info, &dtype)); err != nil {
		return 0, nil, err
	}
	var rank C.size_t
	if err := statusError(C.GetDimensionsCount(info, &rank)); err != nil {
		return 0, nil, err
	}
	shape := make([]int64, rank)
	if rank == 0 {
		return DType(dtype), shape, nil
	}
	err := statusError(C.GetDimensions(info, (*C.int64_t)(unsafe.SliceData(shape)), rank))
	return DType(dtype), shape, err
}

// outputsOf lists the outputs of a session, with the shapes that the runtime infers. Where it gives no dimensions, which is rank 0
// or an unknown rank, the model's declaration tells.
func outputsOf(s *C.OrtSession, declared []IO) ([]IO, error) {
	var count C.size_t
	if err := statusError(C.SessionGetOutputCount(s, &count)); err != nil {
		return nil, err
	}
	outputs := make([]IO, count)
	for i := range outputs {
		var err error
		if outputs[i], err = outputOf(s, C.size_t(i)); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
		if len(outputs[i].Shape) == 0 {
			outputs[i].Shape = shapeOf(outputs[i].Name, declared)
		}
	}
	return outputs, nil
}

func shapeOf(name string, declared []IO) []int64 {
	if i := slices.IndexFunc(declared, func(io IO) bool { return io.Name == name && len(io.Shape) == 0 }); i >= 0 {
		return declared[i].Shape
	}
	return nil
}

func outputOf(s *C.OrtSession, i C.size_t) (io IO, err error) {
	var name *C.char
	if err := statusError(C.SessionGetOutputName(s, i, &name)); err != nil {
		return IO{}, err
	}
	io.Name = C.GoString(name)
	if err := statusError(C.FreeWithDefaultORTAllocator(unsafe.Pointer(name))); err != nil {
		return IO{}, err
	}
	var info *C.OrtTypeInfo
	if err := statusError(C.SessionGetOutputTypeInfo(s, i, &info)); err != nil {
		return IO{}, err
	}
	defer C.ReleaseTypeInfo(info)
	var tensor *C.OrtTensorTypeAndShapeInfo // belongs to info
	if err := statusError(C.CastTypeInfoToTensorInfo(info, &tensor)); err != nil {
		return IO{}, err
	}
	if tensor == nil {
		return IO{}, fmt.Errorf("%s is not a tensor", io.Name)
	}
	io.DType, io.Shape, err = tensorInfo(tensor)
	return io, err
}

// binding is a session's table of bound values.
type binding struct {
	session *C.OrtSession
	table   *C.OrtIoBinding
	values  []*C.OrtValue
}

func newBinding(session *C.OrtSession) (*binding, error) {
	b := &binding{session: session}
	if err := statusError(C.CreateIoBinding(session, &b.table)); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *binding) bindInput(name string, buffer *Buffer) error {
	value, cName, err := b.prepare(name, buffer)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return statusError(C.BindInput(b.table, cName, value))
}

func (b *binding) bindOutput(name string, buffer *Buffer) error {
	value, cName, err := b.prepare(name, buffer)
	if err != nil {
		return err
	}
	defer C.free(unsafe.Pointer(cName))
	return statusError(C.BindOutput(b.table, cName, value))
}

func (b *binding) prepare(name string, buffer *Buffer) (*C.OrtValue, *C.char, error) {
	value, err := newValue(buffer)
	if err != nil {
		return nil, nil, err
	}
	b.values = append(b.values, value)
	return value, C.CString(name), nil
}

func (b *binding) run() error { return statusError(C.RunSessionWithBinding(b.session, b.table)) }

func (b *binding) close() {
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
