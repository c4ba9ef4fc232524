package ort

// The Go API of onnxruntime_go loads the library and makes sessions, but it cannot wrap foreign memory as a rank-0 tensor (only as
// a Scalar, whose memory the program never sees), run with default inputs left out, or tell an open session's outputs.
// So tensors, bindings and runs go straight to the C functions below that API. They are the ones onnxruntime_go links into every
// program that imports it, declared again in capi.h; a version of it without them would not link.

// #include "api.h"
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

// apiVersion is the version of the C API in onnxruntime_go v1.27.0. The libraries that speak it begin with library.Oldest.
const apiVersion = 24

// useAPI takes the functions that onnxruntime_go does not pass on (api.h) from the library, which it has loaded.
func useAPI(library string) error {
	path := C.CString(library)
	defer C.free(unsafe.Pointer(path))
	if message := C.memdil_use_api(path, apiVersion); message != nil {
		return fmt.Errorf("load %s: %s", library, C.GoString(message))
	}
	return nil
}

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
