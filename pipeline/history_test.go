package pipeline

import (
	"math"
	"path/filepath"
	"reflect"
	"testing"
)

// TestHistoryKeepsFurtherColumns writes epochs that have measured different
// things and wants them back as they were.
func TestHistoryKeepsFurtherColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), HistoryFile)
	want := []Epoch{
		{Epoch: 1, LR: 0.1, TrainLoss: 2, TrainAcc: 50, ValLoss: 3, ValAcc: 40, Seconds: 1, SamplesPerSecond: 9},
		{Epoch: 2, LR: 0.1, TrainLoss: 1, TrainAcc: 60, ValLoss: 2, ValAcc: 45, Seconds: 1, SamplesPerSecond: 9,
			Extra: map[string]float64{"test_nc1": 0.5, "train_memorization.mean": 1.5}},
		{Epoch: 3, LR: 0.1, TrainLoss: 1, TrainAcc: 70, ValLoss: 1, ValAcc: 50, Seconds: 1, SamplesPerSecond: 9,
			Extra: map[string]float64{"test_nc1": 0.25}},
	}
	if err := writeHistory(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if v := got[0].extra("test_nc1"); !math.IsNaN(v) {
		t.Errorf("an epoch without the value has %v, want NaN", v)
	}
}
