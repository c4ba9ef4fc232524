package tracking

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// FuzzAnswer reads what a server may say of an error: one short line comes of it.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no\nsuch"}`))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if text := refusalOf(404, answer).message; len(text) > 310 || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q", text)
		}
	})
}

// FuzzState reads a state file that holds anything.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"uri": "u", "sent": null, "files": {}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "mlflow.json")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if s := readState(path, state{URI: "u"}); s.Sent == nil || s.Files == nil || s.URI != "u" {
			t.Errorf("state %+v", s)
		}
	})
}
