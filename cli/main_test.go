package cli

import (
	"os"
	"testing"
)

// TestMain keeps runs in the tests' own process, also where there is a GPU: a
// child would be this test program.
func TestMain(m *testing.M) {
	if err := os.Setenv(childVariable, never); err != nil {
		panic(err)
	}
	m.Run()
}
