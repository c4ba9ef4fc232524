package history

import (
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/memdil/memdil/metrics"
)

// Epoch is one row of history.arrow. Val fields are NaN without a validation
// split; accuracies are percentages.
type Epoch struct {
	Epoch                     int
	LR                        float64
	TrainLoss, TrainAcc       float64
	ValLoss, ValAcc           float64
	Seconds, SamplesPerSecond float64
	// Extra holds what else was measured, by the name of its column: SPLIT_KEY
	// with a split and a key of metrics.json, such as test_nc1, or a bare name
	// for what is of no split. A name that an epoch lacks is NaN in the file.
	Extra map[string]float64
}

// PeakMemory is the column of Extra with the most memory, in bytes, that the
// training's process had resident by the end of the epoch.
const PeakMemory = "peak_memory_bytes"

// fixed are the columns that every history has after the epoch, with the field
// that each holds.
var fixed = []struct {
	name  string
	field func(*Epoch) *float64
}{
	{"lr", func(e *Epoch) *float64 { return &e.LR }},
	{"train_loss", func(e *Epoch) *float64 { return &e.TrainLoss }},
	{"train_accuracy", func(e *Epoch) *float64 { return &e.TrainAcc }},
	{"val_loss", func(e *Epoch) *float64 { return &e.ValLoss }},
	{"val_accuracy", func(e *Epoch) *float64 { return &e.ValAcc }},
	{"seconds", func(e *Epoch) *float64 { return &e.Seconds }},
	{"samples_per_second", func(e *Epoch) *float64 { return &e.SamplesPerSecond }},
}

// isFixed reports whether every history has that column.
func isFixed(name string) bool {
	for _, c := range fixed {
		if c.name == name {
			return true
		}
	}
	return name == "epoch"
}

// Numbers yields all numbers of the record but its own, each with the name of
// its column: the fixed ones, then the others in the order of their names.
func (e Epoch) Numbers() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, c := range fixed {
			if !yield(c.name, *c.field(&e)) {
				return
			}
		}
		for _, name := range slices.Sorted(maps.Keys(e.Extra)) {
			if !yield(name, e.Extra[name]) {
				return
			}
		}
	}
}

// Add adds what was measured of a split, train or test, as far as it is
// defined.
func (e *Epoch) Add(split string, r *metrics.Result) {
	for _, s := range metrics.Scalars {
		if v := s.Of(r); v.Defined() {
			e.set(split+"_"+s.Key, float64(v))
		}
	}
}

// Measured reports whether the record has metrics of its epoch.
func (e *Epoch) Measured() bool {
	_, there := e.Extra["test_trace_sigma_w"] // which is always defined
	return there
}

// set sets a further number.
func (e *Epoch) set(name string, v float64) {
	if e.Extra == nil {
		e.Extra = make(map[string]float64)
	}
	e.Extra[name] = v
}

// extra returns a further number, NaN if there is none of that name.
func (e *Epoch) extra(name string) float64 {
	if v, ok := e.Extra[name]; ok {
		return v
	}
	return math.NaN()
}

// Best returns the number of the epoch with the highest validation accuracy, of
// equal ones that with the least validation loss, of equal ones the first;
// without validation that with the least training loss. It is 0 without epochs.
func Best(epochs []Epoch) int {
	best := 0
	for i, e := range epochs {
		if best == 0 || better(e, epochs[best-1]) {
			best = i + 1
		}
	}
	return best
}

func better(a, b Epoch) bool {
	switch {
	case math.IsNaN(a.ValAcc) || math.IsNaN(b.ValAcc):
		return a.TrainLoss < b.TrainLoss
	case a.ValAcc != b.ValAcc:
		return a.ValAcc > b.ValAcc
	}
	return a.ValLoss < b.ValLoss
}
