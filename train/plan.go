package train

import (
	"fmt"

	"github.com/memdil/memdil/random"
)

// plan is how an epoch's samples are cut into batches.
type plan struct {
	epoch      int // from 0
	order      []int
	size, last int // of all batches, and of the last one
	batches    int
	skipped    int
	piece      int  // samples that are evaluated at once
	joined     bool // a last piece of one sample is part of the one before
}

// plan orders and cuts the samples. A last batch of one sample is left out
// under BatchNormalization, which it has no variance for.
func (t *Trainer) plan() (plan, error) {
	n, size := t.data.Len(), t.cfg.BatchSize
	if size == 0 {
		size = n
	}
	if n == 0 {
		return plan{}, fmt.Errorf("no samples to train on")
	}
	if n < size {
		return plan{}, fmt.Errorf("a batch of %d samples is larger than the data, %d", size, n)
	}
	p := plan{epoch: t.at.Epoch, size: size, last: size, piece: size, joined: len(t.cfg.Net.Buffers) > 0}
	if t.cfg.split() {
		p.piece = t.cfg.MicroBatch
	}
	p.order = random.New(t.cfg.Seed, random.Order, uint64(t.at.Epoch)).Perm(n)
	p.batches = (n + size - 1) / size
	if rest := n % size; rest != 0 {
		p.last = rest
	}
	if p.last == 1 && len(t.cfg.Net.Buffers) > 0 {
		if size == 1 {
			return plan{}, fmt.Errorf("batches of one sample have no variance for BatchNormalization: use a batch size of at least 2")
		}
		p.batches, p.last, p.skipped = p.batches-1, size, 1
	}
	return p, nil
}

// samples returns the samples of batch i.
func (p plan) samples(i int) []int {
	return p.order[i*p.size : min((i+1)*p.size, len(p.order))]
}

// piece is a part of a batch that is evaluated at once.
type piece struct {
	cut
	samples []int
}

// cut is the number of a piece's samples and of its batch's.
type cut struct{ size, of int }

// weight is a piece's part of its batch's mean.
func (c cut) weight() float64 { return float64(c.size) / float64(c.of) }

// pieces cuts an epoch's batches. Those of batch i are pieces[first[i]:first[i+1]].
func (p plan) pieces() (pieces []piece, first []int) {
	for i := range p.batches {
		first = append(first, len(pieces))
		samples := p.samples(i)
		of := len(samples)
		for len(samples) > 0 {
			size := min(p.piece, len(samples))
			if p.joined && len(samples) == size+1 {
				size++
			}
			pieces = append(pieces, piece{cut{size, of}, samples[:size]})
			samples = samples[size:]
		}
	}
	return pieces, append(first, len(pieces))
}
