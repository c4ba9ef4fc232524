package pipeline

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memdil/memdil/pipeline/settings"
)

// TestHistoryText writes records as checkpoints keep them and reads them back,
// bit for bit.
func TestHistoryText(t *testing.T) {
	want := []Epoch{
		{Epoch: 1, LR: 0.1, TrainLoss: 1.0 / 3, TrainAcc: 99.99, ValLoss: math.NaN(), ValAcc: math.NaN(), Seconds: 1e-300, SamplesPerSecond: 1e300,
			Extra: map[string]float64{"test_nc1": 0.1}},
		{Epoch: 2, LR: 0.1 + 0.2, TrainLoss: math.Nextafter(1, 2), ValLoss: math.SmallestNonzeroFloat64},
	}
	text, err := encodeHistory(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeHistory(text)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if !sameEpoch(got[i], want[i]) || !maps.Equal(got[i].Extra, want[i].Extra) {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for _, text := range []string{"", "{", `{"epoch":1}`, `[{"epoch":"one"}]`} {
		if _, err := decodeHistory(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// TestHistoryDamage goes on with a training whose history.arrow is gone or
// broken: the checkpoint has what it held.
func TestHistoryDamage(t *testing.T) {
	want := upTo(t, tiny(t, t.TempDir(), longer...), settings.StageMetrics)
	for name, damage := range map[string]func(string) error{
		"removed":   os.Remove,
		"truncated": func(path string) error { return os.Truncate(path, 100) },
	} {
		t.Run(name, func(t *testing.T) {
			e := tiny(t, t.TempDir(), longer...)
			interruptIn(t, 3, e)
			path := filepath.Join(e.RunsDir, e.UID())
			if err := damage(filepath.Join(path, HistoryFile)); err != nil {
				t.Fatal(err)
			}
			mustRun(t, e)
			sameResults(t, path, want.folder.path)
		})
	}
}
