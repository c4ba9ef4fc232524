package layout

import "slices"

// filtering makes a convolution with 3×3 kernels, by strides of 1 or 2, a product
// of matrices, by the minimal filtering of Lavin and Gray (Fast Algorithms for
// Convolutional Neural Networks, CVPR 2016, sections 4.1 and 4.3): where a
// convolution multiplies 9 times for each place of the output, that does 2.25 to
// 4 times (6.25 at most where strides are 2).
//
// A tile of places makes q numbers, and a plane of P places, Q of its output,
// has t tiles. With constants T (q·t × P), S (q × 9) and R (Q × q·t), x P×N×C
// convolved with w K×C×9 is
//
//	V = T·x  q×(t·N)×C    U = S·w  q×K×C
//	M = V·Uᵀ q×(t·N)×K    y = R·M  Q×N×K
//
// so that its gradients are such products as well, with the V that is there. T
// and R are applied axis by axis.
type filtering struct {
	*convolution
	rows    axis // along the height
	columns axis // along the width
}

// newFiltering returns nil when the convolution is another kind.
func newFiltering(c *convolution) *filtering {
	if c == nil || !slices.Equal(c.kernel, []int64{3, 3}) || forms[c.strides[0]] == nil || forms[c.strides[1]] == nil {
		return nil
	}
	f := &filtering{c, newAxis(c.at.height, c.strides[0], c.pads[0], c.pads[2]), newAxis(c.at.width, c.strides[1], c.pads[1], c.pads[3])}
	if min(f.rows.out, f.columns.out) < 1 {
		return nil
	}
	return f
}

const (
	// moving is what it costs to move a number in and out of memory a few
	// times, in multiplications; turning what it costs to do so with images
	// that are no matrix.
	moving, turning = 25, 10
	// skipping is how much longer a convolution by strides of 2 takes for a
	// multiplication, most of all its gradients.
	skipping = 1.4
)

// gains compares what a sample costs both ways, in multiplications. there says
// that x is a matrix already. T and R are full matrices, so that large planes
// cost more to spread and gather than is won.
func (f *filtering) gains(there bool) bool {
	rows, columns, in := f.rows, f.columns, f.at.channels
	numbers := rows.numbers() * columns.numbers()
	direct := float64(9 * rows.out * columns.out * in * f.out)
	if rows.form.stride > 1 || columns.form.stride > 1 {
		direct *= skipping
	}
	spread := (rows.in*columns.in + columns.numbers()*columns.in) * rows.numbers()
	gather := (columns.out*columns.numbers() + rows.out*columns.out) * rows.numbers()
	cost := numbers*in*f.out + spread*in + gather*f.out + moving*numbers*(in+f.out)
	if !there {
		cost += turning * numbers * (in + f.out)
	}
	return float64(cost) < direct
}

// plane is that of the output.
func (f *filtering) plane() plane { return plane{f.at.batch, f.out, f.rows.out, f.columns.out} }

// apply appends the products and returns the output.
func (f *filtering) apply() string {
	x := f.held(f.x)
	kernels := f.Gemm(f.kernels(), f.ReshapeTo(f.w, -1, 9), false, true)
	if f.isNarrow() {
		u := f.ReshapeTo(kernels, f.rows.form.size(), 1, f.columns.form.size(), f.out, f.at.channels)
		return f.biased(f.gatherBands(f.MatMul(f.spreadBands(x), f.SwapLast(u))))
	}
	u := f.ReshapeTo(kernels, f.rows.form.size()*f.columns.form.size(), f.out, f.at.channels)
	return f.biased(f.gather(f.MatMul(f.spread(x), f.SwapLast(u)))) // q×(t·N)×K to (Q·N)×K
}

// isNarrow reports whether kernels are so small that to read them again for
// each band, the tiles side by side, costs less than to bring the numbers of
// all bands together.
func (f *filtering) isNarrow() bool { return f.at.channels*f.out <= 128*128 }

// spread applies T, (P·N)×C to q×(t·N)×C. Between its axes it brings the
// columns' numbers to the front, so that both axes' stand there in the end.
func (f *filtering) spread(x string) string {
	h, numbers := f.rows.in, f.columns.form.size()
	x = f.MatMul(f.columns.into().in(f.Builder), f.ReshapeTo(x, h, f.columns.in, -1))
	x = f.Transpose(f.ReshapeTo(x, h, numbers, -1), 1, 0, 2) // numbers×H×(tiles·N·C)
	x = f.MatMul(f.rows.into().in(f.Builder), x)
	return f.ReshapeTo(x, numbers*f.rows.form.size(), -1, f.at.channels)
}

// gather applies R, the same way back.
func (f *filtering) gather(m string) string {
	h, numbers := f.rows.out, f.columns.form.size()
	y := f.MatMul(f.rows.back().in(f.Builder), f.ReshapeTo(m, numbers, f.rows.numbers(), -1))
	y = f.ReshapeTo(f.Transpose(y, 1, 0, 2), h, f.columns.numbers(), -1)
	return f.ReshapeTo(f.MatMul(f.columns.back().in(f.Builder), y), -1, f.out)
}

// spreadBands applies T, (P·N)×C to rows' numbers × bands × columns' numbers ×
// (tiles of a band·N) × C, with nothing to bring together.
func (f *filtering) spreadBands(x string) string {
	x = f.MatMul(f.rows.into().in(f.Builder), f.ReshapeTo(x, f.rows.in, -1))
	x = f.MatMul(f.columns.into().in(f.Builder), f.ReshapeTo(x, f.rows.numbers(), f.columns.in, -1))
	return f.ReshapeTo(x, f.rows.form.size(), f.rows.tiles, f.columns.form.size(), -1, f.at.channels)
}

// gatherBands applies R, the same way back.
func (f *filtering) gatherBands(m string) string {
	y := f.MatMul(f.columns.back().in(f.Builder), f.ReshapeTo(m, f.rows.numbers(), f.columns.numbers(), -1))
	return f.ReshapeTo(f.MatMul(f.rows.back().in(f.Builder), f.ReshapeTo(y, f.rows.numbers(), -1)), -1, f.out)
}

// kernels is S: the numbers of the axis that spread brings to the front come
// first.
func (f *filtering) kernels() string {
	rows, columns := f.rows.form, f.columns.form
	m := newMatrix(rows.size()*columns.size(), 9)
	for i, a := range rows.kernel {
		for j, b := range columns.kernel {
			number := int64(j)*rows.size() + int64(i)
			if f.isNarrow() {
				number = int64(i)*columns.size() + int64(j)
			}
			m.setKernel(number, a, b)
		}
	}
	return m.in(f.Builder)
}
