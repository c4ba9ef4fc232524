package train

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/memdil/memdil/graphs/training"
)

// TestKernels compares the C kernels with the update rules written out in
// double, over sizes around the block's and the vector's.
func TestKernels(t *testing.T) {
	for _, o := range []training.Optimizer{
		{Kind: training.SGD, WeightDecay: 0.01},
		{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.01},
		{Kind: training.Adam, WeightDecay: 0.01},
		{Kind: training.Adam},
	} {
		for _, n := range []int{1, 7, 33, block - 1, block + 5} {
			v := sampleVariable(n, len(o.Slots()))
			want := reference(o, v, 0.1, 3)
			update(o, v.blocks(), 0.1, 3, scratch(2))
			for i, got := range v.value {
				if d := math.Abs(float64(got) - want[i]); !(d <= 1e-5*max(1, math.Abs(want[i]))) {
					t.Fatalf("%+v, %d elements: element %d is %g, want %g", o, n, i, got, want[i])
				}
			}
		}
	}
}

// TestProducts compares gradients that are multiplied block by block, and the
// updates by them, with those that are given, by vectors of every width and
// over sizes around the tile's and the block's.
func TestProducts(t *testing.T) {
	for _, size := range [][3]int{{1, 1, 1}, {5, 7, 3}, {6, 64, 16}, {13, 131, 2}, {70, 2048, 16}, {2, block + 9, 1}} {
		rows, columns, inner := size[0], size[1], size[2]
		v := sampleVariable(rows*columns, 1)
		p := product{left: make([]float32, rows*inner), right: make([]float32, inner*columns), inner: inner}
		for i := range p.left {
			p.left[i] = float32(math.Sin(float64(7 * i)))
		}
		for i := range p.right {
			p.right[i] = float32(math.Cos(float64(5 * i)))
		}
		for i := range rows {
			for j := range columns {
				sum := 0.0
				for k := range inner {
					sum += float64(p.left[i*inner+k]) * float64(p.right[k*columns+j])
				}
				v.grad[i*columns+j] = float32(sum)
			}
		}
		for width := widest; width >= 4; width /= 2 {
			got := make([]float32, rows*columns)
			p.multiply(got, width)
			for i := range got {
				if d := math.Abs(float64(got[i] - v.grad[i])); !(d <= 1e-5) {
					t.Fatalf("%v, vectors of %d: element %d is %g, want %g", size, width, i, got[i], v.grad[i])
				}
			}
		}
		o := training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.01}
		want := reference(o, v, 0.1, 3)
		v.grad, v.product = nil, &p
		update(o, v.blocks(), 0.1, 3, scratch(2))
		for i, got := range v.value {
			if d := math.Abs(float64(got) - want[i]); !(d <= 1e-5*max(1, math.Abs(want[i]))) {
				t.Fatalf("%v: element %d becomes %g, want %g", size, i, got, want[i])
			}
		}
	}
}

// TestKernelsOfEveryWidth: vectors of another width give the same bits.
func TestKernelsOfEveryWidth(t *testing.T) {
	for _, o := range []training.Optimizer{
		{Kind: training.SGD, WeightDecay: 0.01},
		{Kind: training.SGD, Momentum: 0.9, WeightDecay: 0.01},
		{Kind: training.Adam, WeightDecay: 0.01},
	} {
		for _, n := range []int{1, 15, 16, 1000, 1003} {
			rates := newRates(o, 0.1, 3)
			want := sampleVariable(n, len(o.Slots()))
			rates.apply(o, want, nil, 4)
			for width := widest; width > 4; width /= 2 {
				got := sampleVariable(n, len(o.Slots()))
				rates.apply(o, got, nil, width)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, %d elements: vectors of %d give another result than those of 4", o, n, width)
				}
			}
		}
	}
}

// scratch is that of so many threads.
func scratch(threads int) [][]float32 {
	s := make([][]float32, threads)
	for i := range s {
		s[i] = make([]float32, 2*block)
	}
	return s
}

func sampleVariable(n, slots int) variable {
	v := variable{value: make([]float32, n), grad: make([]float32, n)}
	for range slots {
		v.slots = append(v.slots, make([]float32, n))
	}
	for i := range n {
		v.value[i] = float32(math.Sin(float64(i)))
		v.grad[i] = float32(math.Cos(float64(3 * i)))
		for s := range v.slots {
			v.slots[s][i] = float32(math.Abs(math.Sin(float64(5*i + s))))
		}
	}
	return v
}

// reference returns the next values by formulas.md 5.
func reference(o training.Optimizer, v variable, lr float64, t float64) []float64 {
	out := make([]float64, len(v.value))
	for i := range out {
		p := float64(v.value[i])
		g := float64(v.grad[i]) + o.WeightDecay*p
		switch {
		case o.Kind == training.Adam:
			m := 0.9*float64(v.slots[0][i]) + 0.1*g
			s := 0.999*float64(v.slots[1][i]) + 0.001*g*g
			out[i] = p - lr/(1-math.Pow(0.9, t))*m/(math.Sqrt(s)/math.Sqrt(1-math.Pow(0.999, t))+1e-8)
		case o.Momentum != 0:
			out[i] = p - lr*(o.Momentum*float64(v.slots[0][i])+g)
		default:
			out[i] = p - lr*g
		}
	}
	return out
}

// BenchmarkUpdate times one step of the paper's largest MLP.
func BenchmarkUpdate(b *testing.B) {
	const n = 36 << 20
	for _, o := range []training.Optimizer{
		{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-3},
		{Kind: training.Adam, WeightDecay: 1e-3},
	} {
		b.Run(fmt.Sprint(o.Kind), func(b *testing.B) {
			blocks, places := sampleVariable(n, len(o.Slots())).blocks(), scratch(2)
			b.SetBytes(int64(3+2*len(o.Slots())) * 4 * n) // all are read, all but the gradient written
			for b.Loop() {
				update(o, blocks, 1e-9, 1, places)
			}
		})
	}
}
