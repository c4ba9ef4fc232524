// Package onnxpb is the wire format of ONNX: Go types generated from
// onnx.proto. Package graphs turns them into its own representation; nothing
// else uses them.
package onnxpb

//go:generate protoc --go_out=. --go_opt=paths=source_relative onnx.proto
