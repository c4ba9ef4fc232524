package metrics

import (
	"runtime"
	"sync"
)

// minWork is the number of values below which a goroutine is not worth its start.
const minWork = 1 << 14

// parallel cuts [0, n) into at most GOMAXPROCS contiguous parts of at least
// grain items and runs f on each. f must write only what belongs to its items,
// so that nothing depends on the number of parts.
func parallel(n, grain int, f func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n/max(grain, 1))
	if parts <= 1 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() { f(p*n/parts, (p+1)*n/parts) })
	}
	wg.Wait()
}
