package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStatusIsPrintable shows what a folder says of itself without letting it
// drive the terminal.
func TestStatusIsPrintable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "checkpoints")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	hostile := `{"state":"failed","stage":"tr\u001b[2Jain","error":"no\u001b]0;title\u0007\nway","epoch":1,"epochs":2}`
	for name, text := range map[string]string{"lock": "", "progress.json": hostile} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := runStatus(StatusOptions{Dirs: []string{filepath.Dir(dir)}}, &out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.ContainsAny(text, "\x1b\x07") || strings.Count(text, "\n") != 2 || !strings.Contains(text, `"no\x1b]0;title\a\nway"`) {
		t.Errorf("printed %q", text)
	}
}

// TestStatusOfNothing names what no run can be in, which is a mistake, and
// folders where none is yet, which is not.
func TestStatusOfNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	study := filepath.Join(dir, "study")
	if err := os.MkdirAll(filepath.Join(study, "trials"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args    []string
		mistake bool
		want    string
	}{
		{[]string{dir}, false, "no run folders in " + dir},
		{[]string{"--json", study}, false, "[]"},
		{[]string{dir, study}, false, "no run folders in " + dir + ", " + study},
		{[]string{filepath.Join(dir, "nothing")}, true, "memdil: there is no folder " + dir + "/nothing; name the folder of a run, of runs or of a study"},
		{[]string{"--json", dir, file}, true, "memdil: " + file + " is not a folder; name the folder of a run, of runs or of a study"},
		{[]string{file + "/run"}, true, "memdil: " + file + "/run is not a folder; name the folder of a run, of runs or of a study"},
	} {
		var out bytes.Buffer
		err := Run(t.Context(), append([]string{"memdil", "status"}, c.args...), &out, &out)
		if errors.Is(err, ErrUsage) != c.mistake || (err != nil) != c.mistake || out.String() != c.want+"\n" {
			t.Errorf("%s: %v, printed %q, want %q", c.args, err, out.String(), c.want)
		}
	}
}

func TestRounded(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min", 119 * time.Minute: "119 min", 150 * time.Minute: "2 h 30 min", 49 * time.Hour: "2 days",
	} {
		if got := rounded(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
