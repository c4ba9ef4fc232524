// Package ort runs ONNX models on ONNX Runtime through a small interface of memdil's own.
//
// [Load] gives the one [Runtime] of the process; a [Session] is a model ready to run; a [Buffer] is a tensor. The hot path is a
// [Binding]: fixed buffers in and out of a session, no copy and no allocation in a Run. [Session.Run] is for what is run once, or
// whose output shapes only the runtime knows.
//
// # Devices
//
// A session computes on its [Device], the CPU or a GPU. A [Value] is a tensor there, and a [DeviceBinding] runs a session with Values
// and Buffers: what a run leaves on the device, the next can take, without crossing the bus. The same program works on the CPU.
// The CUDA provider's settings are all in cuda.go.
//
// # Memory
//
// A buffer's elements lie off the Go heap, 64-byte aligned, and never move: the runtime reads and writes them in place while the
// garbage collector knows nothing of them. Somebody must therefore call Close. Closing is safe in any order: a buffer's memory
// lives until the buffer and every binding that uses it are closed, a session until it and its bindings are.
//
// # Concurrency
//
// Any number of sessions may be made and run at once, and one session may be run from several goroutines. Each session has a
// thread pool of its own, so the threads of sessions that run together should add up to the cores. A Binding is for one goroutine
// at a time, since its runs share its buffers. The runtime's library is loaded once and stays for the life of the process.
//
// # The library
//
// Load takes the first library that runs of those that package library finds, and has one installed when there is none. For a GPU,
// [LoadFor] takes one with a CUDA provider, and NVIDIA's libraries are loaded with the first session there. What finds, downloads or
// unpacks libraries belongs to package library; what needs the loaded one belongs here.
package ort
