package ort_test

import (
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

func TestParseDevice(t *testing.T) {
	for text, want := range map[string]ort.Device{
		"cpu": {}, "CPU": {}, "auto": {Kind: ort.Auto}, "cuda": {Kind: ort.CUDA}, "cuda:0": {Kind: ort.CUDA}, "Cuda:3": {Kind: ort.CUDA, Ordinal: 3},
	} {
		got, err := ort.ParseDevice(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
		if again, err := ort.ParseDevice(got.String()); err != nil || again != got {
			t.Errorf("%q: %q reads as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "auto:1", "cuda:1:2", "cuda:99999"} {
		_, err := ort.ParseDevice(text)
		if err == nil || err.Error() != `device "`+text+`": want auto, cpu, cuda or cuda:N` {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestCPUDeviceWorks(t *testing.T) {
	if d, err := orttest.Runtime(t).Device(ort.Device{}); err != nil || d != (ort.Device{}) {
		t.Errorf("device %v, %v", d, err)
	}
}
