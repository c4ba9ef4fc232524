package bench

import (
	"testing"

	"github.com/memdil/memdil/ort"
)

// TestStrays reads a profile in which a copy and a node on the CPU stand inside
// the Loop of a GPU, and others of them outside.
func TestStrays(t *testing.T) {
	const profile = `[
{"cat":"Session","name":"session_initialization","ts":0,"dur":9,"args":{}},
{"cat":"Node","name":"a_kernel_time","ts":10,"dur":5,"args":{"op_name":"MemcpyFromHost","provider":"CUDAExecutionProvider"}},
{"cat":"Node","name":"b_fence_before","ts":20,"dur":1,"args":{"op_name":"Loop"}},
{"cat":"Node","name":"c_kernel_time","ts":21,"dur":6,"args":{"op_name":"Gemm","provider":"CUDAExecutionProvider"}},
{"cat":"Node","name":"d_kernel_time","ts":30,"dur":4,"args":{"op_name":"Gemm","provider":"CUDAExecutionProvider"}},
{"cat":"Node","name":"e_kernel_time","ts":40,"dur":2,"args":{"op_name":"MemcpyToHost","provider":"CUDAExecutionProvider"}},
{"cat":"Node","name":"f_kernel_time","ts":50,"dur":2,"args":{"op_name":"Gather","provider":"CPUExecutionProvider"}},
{"cat":"Node","name":"b_kernel_time","ts":20,"dur":80,"args":{"op_name":"Loop","provider":"CUDAExecutionProvider"}},
{"cat":"Node","name":"g_kernel_time","ts":200,"dur":2,"args":{"op_name":"Split","provider":"CPUExecutionProvider"}}]`
	p := StepProfile{Steps: 2}
	if err := p.read([]byte(profile), provider(ort.Device{Kind: ort.CUDA})); err != nil {
		t.Fatal(err)
	}
	if len(p.Strays) != 2 || p.Strays[0].Op != "Gather" || p.Strays[1].Op != "MemcpyToHost" {
		t.Errorf("strays are %v", p.Strays)
	}
	if first := p.Operators[0]; first.Op != "Gemm" || first.Count != 2 || first.Time.Microseconds() != 10 || p.Nodes() != 2 {
		t.Errorf("%v nodes a step, the costliest %v", p.Nodes(), first)
	}
}
