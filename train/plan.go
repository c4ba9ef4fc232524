package train

import (
	"fmt"

	"github.com/memdil/memdil/random"
)

// plan is how an epoch's samples are cut into batches.
type plan struct {
	Batches
	epoch  int     // from 0
	rate   float64 // the learning rate
	order  []int
	piece  int  // samples that are evaluated at once
	joined bool // a last piece of one sample is part of the one before
}

// Batches is how every epoch's samples are cut into batches.
type Batches struct {
	Count      int // of batches
	Size, Last int // samples in each, and in the last one
	// Skipped is 1 where a last batch of a single sample is left out.
	Skipped int
}

// Batches cuts n samples, in the order of [Order]. A last batch of one sample is
// left out under BatchNormalization, which it has no variance for.
func (c Config) Batches(n int) (Batches, error) {
	b := Batches{Size: c.BatchSize}
	if b.Size == 0 {
		b.Size = n
	}
	if n == 0 {
		return b, fmt.Errorf("no samples to train on")
	}
	if n < b.Size {
		return b, fmt.Errorf("a batch of %d samples is larger than the data, %d", b.Size, n)
	}
	b.Count, b.Last = (n+b.Size-1)/b.Size, b.Size
	if rest := n % b.Size; rest != 0 {
		b.Last = rest
	}
	if b.Last == 1 && len(c.Net.Buffers) > 0 {
		if b.Size == 1 {
			return b, fmt.Errorf("batches of one sample have no variance for BatchNormalization: use a batch size of at least 2")
		}
		b.Count, b.Last, b.Skipped = b.Count-1, b.Size, 1
	}
	return b, nil
}

// Order returns the order in which an epoch, counted from 0, takes n samples.
func Order(seed uint64, epoch, n int) []int {
	return random.New(seed, random.Order, uint64(epoch)).Perm(n)
}

// plan orders and cuts the samples of the epoch that comes.
func (t *Trainer) plan() (plan, error) {
	n := t.data.Len()
	batches, err := t.cfg.Batches(n)
	if err != nil {
		return plan{}, err
	}
	p := plan{epoch: t.at.Epoch, rate: t.cfg.Schedule.Rate(t.at.Epoch), Batches: batches, piece: batches.Size, joined: len(t.cfg.Net.Buffers) > 0}
	if t.cfg.split() {
		p.piece = t.cfg.MicroBatch
	}
	p.order = Order(t.cfg.Seed, t.at.Epoch, n)
	return p, nil
}

// samples returns the samples of batch i.
func (p plan) samples(i int) []int {
	return p.order[i*p.Size : min((i+1)*p.Size, len(p.order))]
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
	for i := range p.Count {
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
