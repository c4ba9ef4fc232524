package cli

import (
	"reflect"
	"testing"

	"github.com/memdil/memdil/pipeline/study"
)

func TestFoldSeeds(t *testing.T) {
	grid := []study.CellStatus{
		{Label: "label_noise=0.1 seed=1 loss=LS", Trials: 1, Ended: 1},
		{Label: "label_noise=0.1 seed=2 loss=LS", Trials: 1, Ended: 1, Failed: 1},
		{Label: "label_noise=0.2 seed=1 loss=LS", Trials: 1},
	}
	want := []study.CellStatus{
		{Label: "label_noise=0.1 loss=LS", Trials: 2, Ended: 2, Failed: 1},
		{Label: "label_noise=0.2 loss=LS", Trials: 1},
	}
	if got := foldSeeds(grid); !reflect.DeepEqual(got, want) {
		t.Errorf("folded %+v", got)
	}
	grid[2].Best = &study.Result{} // of a search
	if got := foldSeeds(grid); !reflect.DeepEqual(got, grid) {
		t.Errorf("the cells of a search are folded: %+v", got)
	}
}
