package train

// sums add up the gradients of a batch's pieces.
type sums struct {
	algebra
	piece    vector // where the runtime writes the gradient of one
	gradient vector // the batch's
	memory   *arena
}

func newSums(piece vector, threads int) (*sums, error) {
	s := &sums{algebra: algebra{threads}, piece: piece, memory: alike(piece)}
	var err error
	s.gradient, err = s.memory.take()
	return s, err
}

// add adds the latest piece's gradient times its weight to those of the pieces
// before it, if it is not the batch's first.
func (s *sums) add(first bool, weight float64) {
	if first {
		s.scale(s.gradient, weight, s.piece)
		return
	}
	s.algebra.add(s.gradient, weight, s.piece)
}

func (s *sums) close() { s.memory.close() }
