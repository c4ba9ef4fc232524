// Package orttest gives tests the ONNX Runtime.
package orttest

import (
	"os"
	"testing"

	"github.com/memdil/memdil/ort"
)

// allowNone is set where a machine may lack the runtime and the tools that install it.
const allowNone = "MEMDIL_ALLOW_NO_RUNTIME"

// Runtime loads the runtime, installing it when there is none, and fails the test if that cannot be done. It skips the test
// instead only where MEMDIL_ALLOW_NO_RUNTIME is set, so that no machine skips unnoticed.
func Runtime(t testing.TB) *ort.Runtime {
	t.Helper()
	r, err := ort.Load(t.Context())
	switch {
	case err == nil:
		return r
	case os.Getenv(allowNone) != "":
		t.Skipf("no ONNX Runtime, and %s is set: %v", allowNone, err)
	default:
		t.Fatalf("%v (set %s=1 to skip the tests that need ONNX Runtime)", err, allowNone)
	}
	return nil
}
