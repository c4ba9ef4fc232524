// Package library finds ONNX Runtime's shared library on this machine, and installs it where there is none. What belongs here works on
// files, tools and folders and needs no running runtime: package ort loads the library and runs models.
//
// [Find] lists the libraries here: $ORT_LIBRARY, memdil's cache, an installed Python onnxruntime, the system's folders. [Install] puts
// a pinned one into the cache, whose SHA-256 is built into memdil: it has pip, uv or npm deliver it (sources.go, npm.go), or takes a
// wheel file, and unpacks of it the libraries alone (wheel.go). A new version of the runtime is a change of pins.go.
//
// A GPU needs more: [Providers] tells whether the CUDA provider lies beside a library, and [LoadNVIDIA] loads what that one needs of
// NVIDIA's own libraries, which usually lie in Python packages.
package library
