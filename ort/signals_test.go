package ort

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// TestSignalsAreKept: a handler that something overwrites while it is loaded gets its signals again.
func TestSignalsAreKept(t *testing.T) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGUSR2)
	defer signal.Stop(got)
	arrives := func() bool {
		if err := syscall.Kill(os.Getpid(), syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		select {
		case <-got:
			return true
		case <-time.After(300 * time.Millisecond):
			return false
		}
	}
	if !arrives() {
		t.Fatal("the signal does not arrive")
	}
	cause := errors.New("as it came")
	err := keepSignals(func() error {
		if !overwriteSignal(syscall.SIGUSR2) {
			t.Fatal("the handler was not overwritten")
		}
		if arrives() {
			t.Error("the signal arrives although its handler was overwritten")
		}
		return cause
	})
	if err != cause {
		t.Errorf("error %v", err)
	}
	if !arrives() {
		t.Error("the signal does not arrive any more")
	}
}
