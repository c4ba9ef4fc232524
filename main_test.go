package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/memdil/memdil/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"memdil": main})
}

// TestScripts runs memdil as users do; the scripts are in testdata/script.
func TestScripts(t *testing.T) {
	golden, err := filepath.Abs("fixtures/golden")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOLDEN", golden)
			return settle(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exitcode": checkExitCode},
	})
}

// settle gives a script a home of its own, where nothing is but the user's ONNX
// Runtime libraries: they are downloaded once.
func settle(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, ".home")
	e.Setenv("HOME", home)
	users, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	cache := filepath.Join(home, ".cache", "memdil")
	if runtime.GOOS == "darwin" {
		cache = filepath.Join(home, "Library", "Caches", "memdil")
	}
	libraries := filepath.Join(users, "memdil", "ort")
	if err := errors.Join(os.MkdirAll(cache, 0o755), os.MkdirAll(libraries, 0o755)); err != nil {
		return err
	}
	return os.Symlink(libraries, filepath.Join(cache, "ort"))
}

// checkExitCode runs a command that must end with the given code:
//
//	exitcode 2 memdil graph show
func checkExitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("%v ended with %d, want %s", args[1:], code, args[0])
	}
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, 0},
		{os.ErrNotExist, 1},
		{fmt.Errorf("reading flags: %w", cli.ErrUsage), 2},
		{fmt.Errorf("training: %w", context.Canceled), 130},
	} {
		if code := exitCode(c.err); code != c.code {
			t.Errorf("%v ends with %d, want %d", c.err, code, c.code)
		}
	}
}
