// Package orttest gives tests the ONNX Runtime.
package orttest

import (
	"os"
	"testing"

	"github.com/memdil/memdil/ort"
)

// allowNone is set where a machine may lack the runtime and the tools that install it.
const allowNone = "MEMDIL_ALLOW_NO_RUNTIME"

// onDevice is set to a device on which tests are to run that can run on any; by default the CPU.
const onDevice = "MEMDIL_TEST_DEVICE"

// Device is where tests run that can run anywhere: the CPU, or what MEMDIL_TEST_DEVICE names, which must work.
func Device(t testing.TB) ort.Device {
	t.Helper()
	d, err := wanted()
	if err == nil {
		d, err = Runtime(t).Device(d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wanted() (ort.Device, error) {
	if text := os.Getenv(onDevice); text != "" {
		return ort.ParseDevice(text)
	}
	return ort.Device{Kind: ort.CPU}, nil
}

// Runtime loads the runtime, installing it when there is none, and fails the test if that cannot be done. It skips the test
// instead only where MEMDIL_ALLOW_NO_RUNTIME is set, so that no machine skips unnoticed.
func Runtime(t testing.TB) *ort.Runtime {
	t.Helper()
	d, err := wanted()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ort.LoadFor(t.Context(), d)
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
