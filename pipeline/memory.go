package pipeline

import (
	"fmt"

	"github.com/memdil/memdil/graphs/training"
)

// checkMemory warns of batches that take more memory than there is. Where
// either number is 0, nobody knows.
func (s *session) checkMemory(takes, free int64) {
	if takes == 0 || free == 0 || takes <= free {
		return
	}
	setting := "micro_batch"
	if s.exp.Optimizer == training.LBFGS {
		setting = "ghost_batch"
	}
	s.log.Warn(fmt.Sprintf("evaluating a batch takes about %s of memory, and %s are free: --%s evaluates it in pieces", megabytes(takes), megabytes(free), setting))
}

// roomForClasses refuses to measure more classes than the free memory has room
// for, 0 where the system does not tell: a stray label can make K large.
func roomForClasses(classes int, free int64) error {
	const bytesPerPair = 40 // the K×K matrices of package metrics and their JSON
	takes := bytesPerPair * int64(classes) * int64(classes)
	if free == 0 || takes <= free {
		return nil
	}
	return fmt.Errorf("%d classes take about %s of memory, and %s are free: is the largest label a class?", classes, megabytes(takes), megabytes(free))
}
