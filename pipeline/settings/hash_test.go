package settings

import (
	"slices"
	"testing"
)

func TestHash(t *testing.T) {
	base := Defaults()
	eachOther(t, func(t *testing.T, s Setting, value string) {
		e := experiment(t, s.Name, value)
		changed := len(e.Differences(base, StageReport)) > 0
		if want := s.Hashed && !s.Idle(e); changed != want {
			t.Errorf("differences are %q", e.Differences(base, StageReport))
		}
		for i, stage := range stages {
			want := changed && slices.Index(stages, s.Stage) <= i
			if got := e.Hash(stage) != base.Hash(stage); got != want {
				t.Errorf("hash of stage %s differs from the defaults': %t, want %t", stage, got, want)
			}
		}
	})
}

// A hash that changes makes every finished run stale: raise hashVersion only
// for a reason.
func TestHashIsStable(t *testing.T) {
	e := experiment(t, "loss", "LS", "lr", "0.05", "classes", "all", "engine", "onnx-go", "label_noise", "0.2")
	want := map[Stage]string{ // printf 'memdil settings 2\n…' | sha256sum
		StageData:   "d2a8d89146c9f78a2113f6dbf513ba267d6cfb6a00391be445711738190c680b",
		StageExport: "b2ec8c1758f6f658cca12fbe5eb5446fee3f1977a342b3f5047c6d6437e41917",
	}
	for stage, w := range want {
		if got := e.Hash(stage); got != w {
			t.Errorf("hash of stage %s is %s, want %s", stage, got, w)
		}
	}
	if all, ten := experiment(t, "classes", "all"), experiment(t, "classes", "10"); all.Hash(StageData) != ten.Hash(StageData) {
		t.Error("all classes and 10 classes of mnist have different hashes")
	}
}

func TestDifferences(t *testing.T) {
	here := experiment(t, "lr", "0.1", "loss", "LS", "ls_alpha", "0.2", "lr_alpha", "0.3", "data_dir", "/a", "threads", "1")
	there := experiment(t, "lr", "0.05")
	want := []string{"loss: LS here, CrossEntropy there", "ls_alpha: 0.2 here, 0.1 there", "lr: 0.1 here, 0.05 there"}
	if got := here.Differences(there, StageReport); !slices.Equal(got, want) {
		t.Errorf("differences are %q, want %q", got, want)
	}
}
