package cli

import (
	"context"
	"os"
	"testing"
)

// asProgram makes this test program memdil itself, for what calls memdil.
const asProgram = "MEMDIL_TEST_AS_PROGRAM"

// TestMain keeps runs in the tests' own process, also where there is a GPU: a
// child would be this test program.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		if Run(context.Background(), os.Args, os.Stdout, os.Stderr) != nil {
			os.Exit(1)
		}
		return
	}
	if err := os.Setenv(childVariable, never); err != nil {
		panic(err)
	}
	m.Run()
}
