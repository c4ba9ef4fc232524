package search

import (
	"slices"
	"testing"

	"github.com/memdil/memdil/random"
)

// The wanted numbers are 2³⁰ times those of scipy.stats.qmc.Sobol(40,
// scramble=False, bits=30) of scipy 1.17.1.
func TestSobol(t *testing.T) {
	for n, want := range map[int][]uint32{
		5: {
			939524096, 939524096, 134217728, 402653184, 939524096, 671088640, 939524096, 402653184, 402653184, 134217728,
			402653184, 939524096, 939524096, 134217728, 939524096, 402653184, 939524096, 402653184, 402653184, 671088640,
			671088640, 671088640, 939524096, 402653184, 402653184, 402653184, 939524096, 134217728, 671088640, 671088640,
			939524096, 671088640, 402653184, 402653184, 134217728, 134217728, 134217728, 402653184, 939524096, 402653184,
		},
		63: {
			16777216, 855638016, 385875968, 486539264, 922746880, 150994944, 620756992, 150994944, 889192448, 620756992,
			452984832, 721420288, 587202560, 822083584, 352321536, 822083584, 83886080, 419430400, 1023410176, 251658240,
			251658240, 587202560, 419430400, 587202560, 1023410176, 687865856, 218103808, 318767104, 318767104, 486539264,
			16777216, 989855744, 889192448, 553648128, 1023410176, 1023410176, 922746880, 218103808, 989855744, 184549376,
		},
	} {
		for dim, w := range want {
			if got := sobol(n, dim) >> 2; got != w {
				t.Errorf("coordinate %d of point %d is %d, want %d", dim, n, got, w)
			}
		}
	}
}

// TestScrambledIsNet checks that scrambling keeps what makes the sequence even:
// of 2^k points in a row one lies in each of 2^k equal intervals, in every
// dimension.
func TestScrambledIsNet(t *testing.T) {
	space := make(Space, 45)
	for i := range space {
		space[i] = Param{Name: string(rune('a' + i)), Kind: Uniform, Hi: 1}
	}
	b := base{space, random.New(3, random.Search, 0)}
	const n = 64
	for dim := range 40 {
		var cells []int
		for k := range n {
			cells = append(cells, int(b.scrambled(k)[dim]*n))
		}
		slices.Sort(cells)
		for i, c := range cells {
			if c != i {
				t.Fatalf("dimension %d: the cells %v", dim, cells)
			}
		}
	}
	if p := b.scrambled(1); p[41] == p[42] || p[41] == b.scrambled(2)[41] {
		t.Error("coordinates beyond the table repeat")
	}
}
