package ort

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memdil/memdil/ort/library"
)

func TestAutoIsTheCPUWithoutAGPU(t *testing.T) {
	defer func(real func() bool) { hasGPU = real }(hasGPU)
	cuda := library.Candidate{Path: "b", CUDA: true}
	all := []library.Candidate{{Path: "a"}, cuda, {Path: "c"}}
	for _, c := range []struct {
		kind DeviceKind
		gpu  bool
		want string
	}{{CPU, true, "abc"}, {CPU, false, "abc"}, {CUDA, false, "b"}, {CUDA, true, "b"}, {Auto, false, "abc"}, {Auto, true, "bac"}} {
		hasGPU = func() bool { return c.gpu }
		var got string
		for _, s := range suited(slices.Clone(all), Device{Kind: c.kind}) {
			got += s.Path
		}
		if got != c.want {
			t.Errorf("%s with GPU %v: tried %s, want %s", Device{Kind: c.kind}, c.gpu, got, c.want)
		}
	}
	hasGPU = func() bool { return false }
	if d, err := new(Runtime).Device(Device{Kind: Auto}); err != nil || d.Kind != CPU {
		t.Errorf("device %v, %v", d, err)
	}
}

func TestOldestLibrarySpeaksTheAPI(t *testing.T) {
	if want := fmt.Sprintf("1.%d.0", apiVersion); library.Oldest != want {
		t.Errorf("libraries from %s on are found, version %d of the API is in those from %s on", library.Oldest, apiVersion, want)
	}
}
