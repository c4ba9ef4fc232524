package train

import "runtime"

// thread is a thread of the operating system that does all it is told to, one
// thing after the other, for libraries that keep something by thread.
type thread struct{ jobs chan func() }

func newThread() *thread {
	t := &thread{make(chan func())}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		for job := range t.jobs {
			job()
		}
	}()
	return t
}

// do returns what f, run by the thread, returns. It panics as f does: the caller's
// goroutine is where the program reports that.
func (t *thread) do(f func() error) (err error) {
	var panicked any
	done := make(chan struct{})
	t.jobs <- func() {
		defer close(done)
		defer func() { panicked = recover() }()
		err = f()
	}
	<-done
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// end ends the thread.
func (t *thread) end() { close(t.jobs) }
