package train

// feed prepares batches ahead: a goroutine fills the slot that the runtime is
// not reading.
type feed struct {
	ready chan int // index of the batch that is filled
	free  chan struct{}
	done  chan struct{}
}

// startFeed fills batches from the given one on, in order, calling fill with
// the index of each. Two batches exist at a time: batch i goes to slot i mod 2.
func startFeed(from, batches int, fill func(batch int)) *feed {
	f := &feed{ready: make(chan int, slotsAhead), free: make(chan struct{}, slotsAhead), done: make(chan struct{})}
	for range slotsAhead {
		f.free <- struct{}{}
	}
	go func() {
		defer close(f.done)
		defer close(f.ready)
		for i := from; i < batches; i++ {
			if _, ok := <-f.free; !ok {
				return
			}
			fill(i)
			f.ready <- i
		}
	}()
	return f
}

// release lets the slot of a batch be filled again.
func (f *feed) release() { f.free <- struct{}{} }

// stop ends the goroutine and waits for it.
func (f *feed) stop() {
	close(f.free)
	for range f.ready {
		continue
	}
	<-f.done
}
