package ort_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

func TestProfile(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "step")
	s, err := orttest.Runtime(t).NewSession(momentum(), ort.SessionOptions{Threads: 1, Profile: prefix, DisableCPUFallback: true})
	must(t, err)
	defer s.Close()
	must(t, bound(t, s).Run())
	file, err := s.EndProfiling()
	if err != nil || !strings.HasPrefix(file, prefix) {
		t.Fatalf("file %q, %v", file, err)
	}
	text, err := os.ReadFile(file)
	must(t, err)
	var events []struct {
		Name string
		Args struct {
			Operator string `json:"op_name"`
			Provider string
		}
	}
	must(t, json.Unmarshal(text, &events))
	operators := map[string]bool{}
	for _, e := range events {
		if e.Args.Provider == "CPUExecutionProvider" {
			operators[e.Args.Operator] = true
		}
	}
	for _, want := range []string{"Sub", "Mul", "ReduceMean"} {
		if !operators[want] {
			t.Errorf("the profile has %v, not %s", operators, want)
		}
	}
	_, err = open(t, momentum()).EndProfiling()
	if err == nil || !strings.Contains(err.Error(), "profile of momentum: ") {
		t.Errorf("without a profile: error %v", err)
	}
}
