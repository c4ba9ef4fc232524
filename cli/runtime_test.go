package cli

import (
	"bytes"
	"context"
	"regexp"
	"testing"

	"github.com/memdil/memdil/ort/orttest"
)

func TestRuntimeInfo(t *testing.T) {
	orttest.Runtime(t)
	var out bytes.Buffer
	if err := runRuntimeInfo(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^library +/.*onnxruntime`, `(?m)^version +1\.\d+\.\d+$`, `(?m)^providers +cpu`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("info lacks %s:\n%s", want, out.String())
		}
	}
}
