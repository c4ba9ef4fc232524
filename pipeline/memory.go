package pipeline

import (
	"fmt"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/machine"
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
	s.log.Warn(fmt.Sprintf("evaluating a batch takes about %s of memory, and %s are free: --%s evaluates it in pieces", machine.Megabytes(takes), machine.Megabytes(free), setting))
}
