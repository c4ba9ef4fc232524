package ort

// #include "signals.h"
import "C"

import (
	"log/slog"
	"sync"
	"syscall"
)

var guarding sync.Mutex

// keepSignals calls f and then sets the actions of all signals back to what they were. The CUDA provider and what it loads replace
// Go's handlers by their own, which run on a goroutine's small stack: the next signal, be it Ctrl-C or the scheduler's own SIGURG,
// would end the program.
func keepSignals(f func() error) error {
	guarding.Lock() // of two calls at once, the later would save what the earlier one's f had replaced
	defer guarding.Unlock()
	C.memdil_save_signals()
	defer func() {
		if n := int(C.memdil_restore_signals()); n > 0 {
			slog.Debug("the CUDA provider had replaced signal handlers", "signals", n)
		}
	}()
	return f()
}

// overwriteSignal replaces the handler of a signal, for the tests.
func overwriteSignal(s syscall.Signal) bool { return C.memdil_overwrite_signal(C.int(s)) == 0 }

// guard is keepSignals where that is needed: the provider is loaded with the first session, and loads more in a session's first run.
func (s *Session) guard(f func() error) error {
	if s.device.Kind != CUDA || s.ran.Load() {
		return f()
	}
	return keepSignals(f)
}

// guardRun guards a run, which ends the need for it.
func (s *Session) guardRun(f func() error) error {
	defer s.ran.Store(true)
	return s.guard(f)
}
