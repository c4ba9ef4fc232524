package history

import (
	"maps"
	"math"
	"slices"

	"github.com/memdil/memdil/features"
)

// Write writes history.arrow: one row an epoch.
func Write(path string, epochs []Epoch) error {
	numbers := make([]int32, len(epochs))
	for i, e := range epochs {
		numbers[i] = int32(e.Epoch)
	}
	columns := []features.Column{{Name: "epoch", Values: numbers}}
	for _, c := range fixed {
		columns = append(columns, column(c.name, epochs, func(e *Epoch) float64 { return *c.field(e) }))
	}
	for _, name := range extraNames(epochs) {
		columns = append(columns, column(name, epochs, func(e *Epoch) float64 { return e.extra(name) }))
	}
	return features.WriteTable(path, nil, columns...)
}

func column(name string, epochs []Epoch, of func(*Epoch) float64) features.Column {
	values := make([]float64, len(epochs))
	for i := range epochs {
		values[i] = of(&epochs[i])
	}
	return features.Column{Name: name, Values: values}
}

// extraNames returns the names of all that was measured beside the fixed
// columns, sorted.
func extraNames(epochs []Epoch) []string {
	names := make(map[string]bool)
	for _, e := range epochs {
		for name := range e.Extra {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Read reads history.arrow. Further columns of numbers become Extra, where they
// are not NaN.
func Read(path string) ([]Epoch, error) {
	columns, _, err := features.ReadTable(path)
	if err != nil {
		return nil, err
	}
	numbers, err := features.Values[int32](columns, "epoch")
	if err != nil {
		return nil, err
	}
	epochs := make([]Epoch, len(numbers))
	for i, n := range numbers {
		epochs[i].Epoch = int(n)
	}
	for _, c := range fixed {
		values, err := features.Values[float64](columns, c.name)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			*c.field(&epochs[i]) = v
		}
	}
	for _, c := range columns {
		values, ok := c.Values.([]float64)
		if !ok || isFixed(c.Name) {
			continue
		}
		for i, v := range values {
			if !math.IsNaN(v) {
				epochs[i].set(c.Name, v)
			}
		}
	}
	return epochs, nil
}
