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

// do returns what f, run by the thread, returns.
func (t *thread) do(f func() error) error {
	done := make(chan error)
	t.jobs <- func() { done <- f() }
	return <-done
}

// end ends the thread.
func (t *thread) end() { close(t.jobs) }
