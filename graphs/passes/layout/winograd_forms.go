package layout

import "slices"

// form is a minimal filtering of one dimension: with d the places that m places
// of the output y see, and g the kernel of 3,
//
//	y = output·((kernel·g) ∘ (input·d))
type form struct {
	stride int64
	input  [][]float64 // numbers × places seen
	kernel [][]float64 // numbers × 3
	output [][]float64 // m × numbers
}

// The forms in use, by stride. Rounding grows with m: by these points it is, in
// the root of its mean square and for kernels with 256 channels, 1.6 (m = 2)
// and 4.6 (m = 4) times that of the convolution. By the usual ±1 and ±2 it is
// 10 times.
var forms = map[int64][]*form{
	1: {filtering3(0, 1, -1), filtering3(0, 0.625, -0.625, 1.5, -1.5)},
	2: {skipping3(0, 1), skipping3(0, 0.625, -0.625, 1.5)},
}

// filtering3 is F(m, 3) by m + 1 points and ∞, of m + 2 numbers.
func filtering3(points ...float64) *form {
	f := toomCook(3, points)
	f.stride = 1
	return f
}

// skipping3 moves by two places: of the 2·m + 1 places that a tile sees the
// even ones meet the kernel's ends, by F(m, 2) with m points and ∞, and the odd
// ones its middle, one by one; 2·m + 1 numbers.
func skipping3(points ...float64) *form {
	even := toomCook(2, points)
	m, n := len(even.output), len(even.kernel)
	f := &form{stride: 2, input: zeros(n+m, 2*m+1), kernel: zeros(n+m, 3), output: zeros(m, n+m)}
	for i := range n {
		for j, v := range even.input[i] {
			f.input[i][2*j] = v
		}
		f.kernel[i][0], f.kernel[i][2] = even.kernel[i][0], even.kernel[i][1]
	}
	for j := range m {
		f.input[n+j][2*j+1], f.kernel[n+j][1] = 1, 1
		copy(f.output[j], even.output[j])
		f.output[j][n+j] = 1
	}
	return f
}

// toomCook derives F(m, r) by m + r − 2 points and ∞: a product of polynomials
// is fixed by its values there, and filtering is that product transposed.
func toomCook(r int, points []float64) *form {
	n := len(points) + 1
	m := n - r + 1
	f := &form{input: zeros(n, n), kernel: zeros(n, r), output: zeros(m, n)}
	for i, a := range points {
		others := slices.Delete(slices.Clone(points), i, i+1)
		copy(f.input[i], withRoots(others))
		scale := 1.0
		for _, b := range others {
			scale *= a - b
		}
		power := 1.0
		for j := range n {
			if j < r {
				f.kernel[i][j] = power / scale
			}
			if j < m {
				f.output[j][i] = power
			}
			power *= a
		}
	}
	copy(f.input[n-1], withRoots(points))
	f.kernel[n-1][r-1], f.output[m-1][n-1] = 1, 1
	return f
}

// withRoots returns the coefficients of ∏ (x − root), the constant first.
func withRoots(roots []float64) []float64 {
	p := []float64{1}
	for _, root := range roots {
		p = append([]float64{0}, p...)
		for i := range len(p) - 1 {
			p[i] -= root * p[i+1]
		}
	}
	return p
}

func zeros(rows, columns int) [][]float64 {
	out := make([][]float64, rows)
	for i := range out {
		out[i] = make([]float64, columns)
	}
	return out
}

// size is the number of numbers of a tile, reach that of its places.
func (f *form) size() int64  { return int64(len(f.kernel)) }
func (f *form) reach() int64 { return int64(len(f.output)) }
