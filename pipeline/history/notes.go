package history

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/memdil/memdil/metrics"
)

// A checkpoint carries the records of the epochs before it, so that a training
// can go on whatever became of history.arrow.

// Encode writes records as a checkpoint keeps them: one object an epoch, with
// the column names of history.arrow, undefined numbers as null.
func Encode(epochs []Epoch) (string, error) {
	rows := make([]map[string]metrics.Float, len(epochs))
	for i, e := range epochs {
		rows[i] = map[string]metrics.Float{"epoch": metrics.Float(e.Epoch)}
		for name, v := range e.Numbers() {
			rows[i][name] = metrics.Float(v)
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

// Decode reads what Encode wrote.
func Decode(text string) ([]Epoch, error) {
	var rows []map[string]metrics.Float
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("reading the epochs of a checkpoint: %w", err)
	}
	epochs := make([]Epoch, len(rows))
	for i, row := range rows {
		epochs[i].Epoch = int(row["epoch"])
		for _, c := range fixed {
			*c.field(&epochs[i]) = float64(row[c.name])
		}
		for name, v := range row {
			if !isFixed(name) && !math.IsNaN(float64(v)) {
				epochs[i].set(name, float64(v))
			}
		}
	}
	return epochs, nil
}
