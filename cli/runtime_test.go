package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/memdil/memdil/ort/orttest"
)

func TestRuntimeInfo(t *testing.T) {
	orttest.Runtime(t)
	var out bytes.Buffer
	if err := runRuntimeInfo(context.Background(), RuntimeInfoOptions{Device: "cpu"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`(?m)^library +/.*onnxruntime`, `(?m)^version +1\.\d+\.\d+$`, `(?m)^providers +cpu`, `(?m)^device +cpu$`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("info lacks %s:\n%s", want, out.String())
		}
	}
}

func TestRuntimeInfoRefusesUnknownDevices(t *testing.T) {
	err := runRuntimeInfo(context.Background(), RuntimeInfoOptions{Device: "tpu"}, io.Discard)
	if want := `--device: device "tpu": want auto, cpu, cuda or cuda:N`; err == nil || err.Error() != want || !errors.Is(err, ErrUsage) {
		t.Errorf("error %v, want %s, a mistake of usage", err, want)
	}
}
