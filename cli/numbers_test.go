package cli

import (
	"math"
	"testing"
)

func TestLossText(t *testing.T) {
	for loss, want := range map[float64]string{
		0: "0.0000", 0.6931471: "0.6931", 12.5: "12.5000", 0.001: "0.0010", 99999: "99999.0000",
		0.00099: "9.900e-04", 2.856e-7: "2.856e-07", -0.0002: "-2.000e-04", 1e5: "1.000e+05", 5.4e16: "5.400e+16", math.Inf(1): "+Inf",
	} {
		if got := lossText(loss); got != want {
			t.Errorf("%v is shown as %s, want %s", loss, got, want)
		}
	}
}
