package pipeline

import (
	"encoding/json"
	"fmt"

	"github.com/memdil/memdil/metrics"
)

// A checkpoint carries the records of the epochs before it, so that a training
// can go on whatever became of history.arrow.

// encodeHistory writes records as a checkpoint keeps them: one object an epoch,
// with the column names of history.arrow, undefined numbers as null.
func encodeHistory(epochs []Epoch) (string, error) {
	rows := make([]map[string]metrics.Float, len(epochs))
	for i := range epochs {
		rows[i] = map[string]metrics.Float{"epoch": metrics.Float(epochs[i].Epoch)}
		for _, c := range historyColumns {
			rows[i][c.name] = metrics.Float(*c.field(&epochs[i]))
		}
		for name, v := range epochs[i].Extra {
			rows[i][name] = metrics.Float(v)
		}
	}
	text, err := json.Marshal(rows)
	return string(text), err
}

// decodeHistory reads what encodeHistory wrote.
func decodeHistory(text string) ([]Epoch, error) {
	var rows []map[string]metrics.Float
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("reading the epochs of a checkpoint: %w", err)
	}
	epochs := make([]Epoch, len(rows))
	for i, row := range rows {
		epochs[i].Epoch = int(row["epoch"])
		for _, c := range historyColumns {
			*c.field(&epochs[i]) = float64(row[c.name])
		}
		for name, v := range row {
			if !fixedColumn(name) {
				addExtra(epochs[i:i+1], name, []float64{float64(v)})
			}
		}
	}
	return epochs, nil
}
