package train

import (
	"errors"
	"testing"
)

// TestThread runs what returns an error, and what panics, before it goes on.
func TestThread(t *testing.T) {
	thread := newThread()
	defer thread.end()
	failure := errors.New("failed")
	if err := thread.do(func() error { return failure }); err != failure {
		t.Errorf("error is %v", err)
	}
	func() {
		defer func() {
			if p := recover(); p != "train: bug" {
				t.Errorf("the panic is %v", p)
			}
		}()
		_ = thread.do(func() error { panic("train: bug") })
	}()
	if err := thread.do(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
