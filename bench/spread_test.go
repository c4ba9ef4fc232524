package bench

import "testing"

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{3}, Spread{3, 3, 3, 3, 3}},
		{[]float64{2, 1}, Spread{1, 1.25, 1.5, 1.75, 2}},
		{[]float64{5, 1, 4, 2, 3}, Spread{1, 2, 3, 4, 5}},
		{[]float64{1, 2, 10, 40}, Spread{1, 1.75, 6, 17.5, 40}}, // numpy.quantile([1, 2, 10, 40], [0, .25, .5, .75, 1])
	} {
		if got := newSpread(c.values); got != c.want {
			t.Errorf("spread of %v is %+v, want %+v", c.values, got, c.want)
		}
	}
}
