package cli

import (
	"bytes"
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

func TestRounded(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min", 119 * time.Minute: "119 min", 150 * time.Minute: "2 h 30 min", 49 * time.Hour: "2 days",
	} {
		if got := rounded(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
