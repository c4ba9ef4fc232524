package features

import (
	"errors"
	"io"
	"sync"
)

// ahead reads a table while what was read before is worked on: two batches take
// turns.
type ahead struct {
	pass *pass
	free chan *Batch // with memory to be used again
	full chan result
	quit chan struct{}
	busy sync.WaitGroup
}

type result struct {
	batch *Batch
	err   error // io.EOF at the end
}

// readAhead begins to read batches of at most step rows. It takes over the pass.
func readAhead(p *pass, step int) *ahead {
	a := &ahead{pass: p, free: make(chan *Batch, 2), full: make(chan result, 3), quit: make(chan struct{})}
	a.free <- &Batch{}
	a.free <- &Batch{}
	a.busy.Go(func() { a.full <- result{err: a.read(step)} })
	return a
}

// each calls f with all batches in order.
func (a *ahead) each(f func(Batch) error) (read, visit error) {
	for {
		r := <-a.full
		switch {
		case errors.Is(r.err, io.EOF):
			return nil, nil
		case r.err != nil:
			return r.err, nil
		}
		if err := f(*r.batch); err != nil {
			return nil, err
		}
		a.free <- r.batch
	}
}

// close stops reading and closes the pass.
func (a *ahead) close() {
	close(a.quit)
	a.busy.Wait()
	a.pass.close()
}

// read reads until the end, an error or the call of close.
func (a *ahead) read(step int) error {
	for {
		if err := a.pass.next(); err != nil {
			return err
		}
		for from := 0; from < len(a.pass.labels); from += step {
			select {
			case <-a.quit:
				return nil
			case b := <-a.free:
				a.pass.decode(b, from, min(from+step, len(a.pass.labels)))
				a.full <- result{batch: b}
			}
		}
	}
}
