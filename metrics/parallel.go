package metrics

import (
	"runtime"
	"sync"
)

const (
	// minWork is the number of values below which a goroutine is not worth its start.
	minWork = 1 << 14
	// tileRows is the number of rows that are worked on while they are in cache.
	tileRows = 32
)

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

// tiles runs f on all of n rows, at most tileRows at a time, with scratch of
// dim values a row, the rows rounded up to a multiple of four, that belongs to f
// during the call.
func tiles(n, dim int, f func(scratch []float64, from, to int)) {
	parallel(n, minWork/dim, func(from, to int) {
		scratch := make([]float64, min(tileRows, (to-from+3)/4*4)*dim)
		for ; from < to; from += tileRows {
			f(scratch, from, min(from+tileRows, to))
		}
	})
}
