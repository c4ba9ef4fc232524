package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort/orttest"
)

// runTiny runs an experiment of a moment with further flags.
func runTiny(t *testing.T, flags ...string) (stdout, stderr string, err error) {
	t.Helper()
	orttest.Runtime(t)
	args := append([]string{
		"memdil", "run", "--data-dir", "embedded", "--runs-dir", t.TempDir(), "--model", "MLP", "--width", "8", "--depth", "1",
		"--sample_size", "16", "--batch_size", "8", "--epochs", "2", "--uid", "tiny", "--device", "cpu",
	}, flags...)
	var out, messages bytes.Buffer
	err = Run(context.Background(), args, &out, &messages)
	return out.String(), messages.String(), err
}

// records parses one JSON object a line.
func records(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, r)
	}
	return all
}

// TestConsole asks for less, for more, and for JSON; results are the same.
func TestConsole(t *testing.T) {
	table, plain, err := runTiny(t)
	if err != nil || !strings.Contains(plain, "\nepoch 2/2: ") || strings.Contains(plain, "selected samples") {
		t.Errorf("%v, printed\n%s", err, plain)
	}
	for flag, want := range map[string][]string{
		"-q": nil, "--quiet": nil,
		"-v":                 {"\nepoch 2/2: ", "memdil: selected samples (dataset mnist, classes 2, train 32, "},
		"--log-format=HUMAN": {"\nepoch 2/2: "},
		"--log-format=json":  {`"msg":"stage","stage":"train"`, `"msg":"epoch","epoch":2,"of":2`},
	} {
		out, messages, err := runTiny(t, flag)
		if err != nil || firstWords(out) != firstWords(table) {
			t.Errorf("%s: %v, printed\n%s, want\n%s", flag, err, out, table)
		}
		for _, w := range want {
			if !strings.Contains(messages, w) {
				t.Errorf("%s: no %q in\n%s", flag, w, messages)
			}
		}
		if want == nil && messages != "" {
			t.Errorf("%s: shown\n%s", flag, messages)
		}
		if strings.HasSuffix(flag, "json") {
			records(t, messages)
		}
	}
}

// firstWords returns what results do not depend on the folder.
func firstWords(table string) string { return strings.Split(table, "\nreport:")[0] }

// TestConsoleErrors shows the error of a run in every way.
func TestConsoleErrors(t *testing.T) {
	_, quiet, err := runTiny(t, "-q", "--lr", "1e30")
	if err == nil || !strings.HasPrefix(quiet, "memdil: the loss is ") || strings.Count(quiet, "\n") != 1 {
		t.Errorf("%v, shown\n%s", err, quiet)
	}
	_, text, err := runTiny(t, "--log-format", "json", "--lr", "1e30", "--gpu_id", "1")
	all := records(t, text)
	last := all[len(all)-1]
	if err == nil || last["level"] != "ERROR" || !strings.HasPrefix(last["msg"].(string), "the loss is ") {
		t.Errorf("%v, last %v", err, last)
	}
	if all[0]["level"] != "WARN" || !strings.HasPrefix(all[0]["msg"].(string), "gpu_id has no effect") {
		t.Errorf("first %v", all[0])
	}
	for _, flags := range [][]string{{"-q", "-v"}, {"--log-format", "yaml"}} {
		if _, _, err := runTiny(t, flags...); !errors.Is(err, ErrUsage) {
			t.Errorf("%v: %v", flags, err)
		}
	}
}
