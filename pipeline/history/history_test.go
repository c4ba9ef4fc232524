package history

import (
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"testing"
)

// TestHistoryKeepsFurtherColumns writes epochs that have measured different
// things and wants them back as they were.
func TestHistoryKeepsFurtherColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.arrow")
	want := []Epoch{
		{Epoch: 1, LR: 0.1, TrainLoss: 2, TrainAcc: 50, ValLoss: 3, ValAcc: 40, Seconds: 1, SamplesPerSecond: 9},
		{Epoch: 2, LR: 0.1, TrainLoss: 1, TrainAcc: 60, ValLoss: 2, ValAcc: 45, Seconds: 1, SamplesPerSecond: 9,
			Extra: map[string]float64{"test_nc1": 0.5, "train_memorization.mean": 1.5}},
		{Epoch: 3, LR: 0.1, TrainLoss: 1, TrainAcc: 70, ValLoss: 1, ValAcc: 50, Seconds: 1, SamplesPerSecond: 9,
			Extra: map[string]float64{"test_nc1": 0.25}},
	}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
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

// TestHistoryText writes records as checkpoints keep them and reads them back,
// bit for bit.
func TestHistoryText(t *testing.T) {
	want := []Epoch{
		{Epoch: 1, LR: 0.1, TrainLoss: 1.0 / 3, TrainAcc: 99.99, ValLoss: math.NaN(), ValAcc: math.NaN(), Seconds: 1e-300, SamplesPerSecond: 1e300,
			Extra: map[string]float64{"test_nc1": 0.1}},
		{Epoch: 2, LR: 0.1 + 0.2, TrainLoss: math.Nextafter(1, 2), ValLoss: math.SmallestNonzeroFloat64},
	}
	text, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(text)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i].Epoch != want[i].Epoch || !maps.EqualFunc(maps.Collect(got[i].Numbers()), maps.Collect(want[i].Numbers()), same) {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for _, text := range []string{"", "{", `{"epoch":1}`, `[{"epoch":"one"}]`} {
		if _, err := Decode(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// same compares numbers bit for bit, NaN equal to NaN.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// TestBest finds the best of a few epochs.
func TestBest(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		epochs []Epoch
		want   int
	}{
		{nil, 0},
		{[]Epoch{{ValAcc: 50}, {ValAcc: 60}, {ValAcc: 55}}, 2},
		{[]Epoch{{ValAcc: 50, ValLoss: 2}, {ValAcc: 50, ValLoss: 1}, {ValAcc: 50, ValLoss: 1}}, 2},
		{[]Epoch{{ValAcc: nan, TrainLoss: 3}, {ValAcc: nan, TrainLoss: 1}, {ValAcc: nan, TrainLoss: 2}}, 2},
	} {
		if got := Best(c.epochs); got != c.want {
			t.Errorf("best epoch of %+v is %d, want %d", c.epochs, got, c.want)
		}
	}
}
