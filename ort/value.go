package ort

// #include "capi.h"
import "C"

import (
	"errors"
	"unsafe"

	yalue "github.com/yalue/onnxruntime_go"
)

// onnxTensor is ONNX_TYPE_TENSOR of the C API.
const onnxTensor = 1

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

// lend wraps the buffer's memory for the time of the call. What the runtime copies the handle into must not outlive the memory.
func (b *Buffer) lend(use func(*C.OrtValue) error) error {
	value, err := newValue(b)
	if err != nil {
		return err
	}
	defer C.ReleaseOrtValue(value)
	return use(value)
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
	dtype, shape, err := valueType(value)
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

// valueType is the type and shape of a tensor, wherever it lies.
func valueType(value *C.OrtValue) (DType, []int64, error) {
	var kind C.int
	if err := statusError(C.GetValueType(value, &kind)); err != nil {
		return 0, nil, err
	}
	if kind != onnxTensor {
		return 0, nil, errors.New("not a tensor")
	}
	var info *C.OrtTensorTypeAndShapeInfo
	if err := statusError(C.GetTensorTypeAndShape(value, &info)); err != nil {
		return 0, nil, err
	}
	defer C.ReleaseTensorTypeAndShapeInfo(info)
	return tensorInfo(info)
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
