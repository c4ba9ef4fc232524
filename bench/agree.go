package bench

import (
	"context"
	"math"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// Agreement is how far two ways to train come apart.
type Agreement struct {
	// Losses are the mean losses of the steps, by either way.
	Losses [2]float64
	// Parameters, Slots and Statistics are the norms of the differences of all
	// of a kind in the end, over the norms of how far training had moved them.
	Parameters, Slots, Statistics float64
}

// Worst returns the largest difference, that of the losses being relative.
func (a *Agreement) Worst() float64 {
	return max(math.Abs(a.Losses[1]-a.Losses[0])/math.Abs(a.Losses[0]), a.Parameters, a.Slots, a.Statistics)
}

// Agree trains by two configurations of one net, from the same weights on the
// same data, for so many steps and one of half a batch.
func Agree(ctx context.Context, rt *ort.Runtime, ways [2]train.Config, steps int, augment bool) (*Agreement, error) {
	var a Agreement
	var ends [2]map[string][]float32
	for i, c := range ways {
		data, err := newData(c.Net, steps*c.BatchSize+c.BatchSize/2, augment)
		if err != nil {
			return nil, err
		}
		trainer, err := train.New(rt, c, data)
		if err != nil {
			return nil, err
		}
		defer trainer.Close()
		e, err := trainer.Train(ctx, nil)
		if err != nil {
			return nil, err
		}
		a.Losses[i] = e.Loss
		if ends[i], err = trainer.Values(); err != nil {
			return nil, err
		}
	}
	a.compare(ways[0].Net, ways[0].Optimizer, ends)
	return &a, nil
}

func (a *Agreement) compare(net *training.Net, o training.Optimizer, ends [2]map[string][]float32) {
	var parameters, slots, statistics apart
	for _, p := range net.Parameters {
		parameters.add(ends, p.Name, p.Value.Float32s())
		for _, suffix := range o.Slots() {
			slots.add(ends, p.Name+suffix, make([]float32, p.Value.Len()))
		}
	}
	for _, s := range net.Buffers {
		statistics.add(ends, s.Name, s.Value.Float32s())
	}
	a.Parameters, a.Slots, a.Statistics = parameters.ratio(), slots.ratio(), statistics.ratio()
}

// apart sums squares of differences and of how far training moved.
type apart struct{ difference, moved float64 }

func (a *apart) add(ends [2]map[string][]float32, name string, start []float32) {
	first, second := ends[0][name], ends[1][name]
	for i, v := range start {
		a.difference += math.Pow(float64(first[i])-float64(second[i]), 2)
		a.moved += math.Pow(float64(first[i])-float64(v), 2)
	}
}

// ratio is 0 when there is nothing to compare, and infinite when nothing moved.
func (a *apart) ratio() float64 {
	if a.difference == 0 && a.moved == 0 {
		return 0
	}
	return math.Sqrt(a.difference / a.moved)
}
