package layout

// apply appends the products and returns the output.
func (f *planeFilter) apply() string {
	u := f.ReshapeTo(f.Gemm(f.filters(), f.ReshapeTo(f.w, -1, 9), false, true), f.kernels(), f.out, f.channels)
	if f.isSmall() {
		return f.gather(f.MatMul(f.spread(), f.SwapLast(u)))
	}
	return f.gatherAxes(f.MatMul(f.spreadAxes(), f.SwapLast(u)))
}

// spread makes V of x with its places in front.
func (f *planeFilter) spread() string {
	x := f.ReshapeTo(f.Transpose(f.x, placesFirst...), f.rows.in*f.columns.in, -1)
	return f.ReshapeTo(f.Gemm(f.into().in(f.Builder), x, false, false), f.kernels(), -1, f.channels)
}

// gather makes y of M the same way back.
func (f *planeFilter) gather(m string) string {
	y := f.Gemm(f.back().in(f.Builder), f.ReshapeTo(m, f.rows.numbers()*f.columns.numbers(), -1), false, false)
	return f.Transpose(f.ReshapeTo(y, f.rows.out, f.columns.out, -1, f.out), placesFirst...)
}

// placesFirst brings the places of images in front of samples and channels, and
// back.
var placesFirst = []int64{2, 3, 0, 1}

// into makes the numbers of both axes at once, back the places.
func (f *planeFilter) into() *matrix {
	rows, columns := f.rows.into(), f.columns.into()
	return rows.times(columns, f.number, rowByRow(columns.columns))
}

func (f *planeFilter) back() *matrix {
	rows, columns := f.rows.back(), f.columns.back()
	return rows.times(columns, rowByRow(columns.rows), f.number)
}

// times is the Kronecker product of two matrices, for what row says of the rows of
// either, and column of their columns.
func (m *matrix) times(n *matrix, row, column func(i, j int64) int64) *matrix {
	both := newMatrix(m.rows*n.rows, m.columns*n.columns)
	for i := range m.rows {
		for j := range n.rows {
			for k := range m.columns {
				for l := range n.columns {
					both.set(row(i, j), column(k, l), m.at(i, k)*n.at(j, l))
				}
			}
		}
	}
	return both
}

// rowByRow is how places of planes are counted that are so wide.
func rowByRow(width int64) func(i, j int64) int64 {
	return func(i, j int64) int64 { return i*width + j }
}

// number is where the number of both axes stands that is i and j of either: those
// of a tile in front of tiles.
func (f *planeFilter) number(i, j int64) int64 {
	p, t := i/f.rows.tiles, i%f.rows.tiles
	q, u := j/f.columns.tiles, j%f.columns.tiles
	return ((p*f.columns.form.size()+q)*f.rows.tiles+t)*f.columns.tiles + u
}

// spreadAxes makes V of x axis by axis, from the last on:
//
//	N×C×H×W    (q·u)×N×C×H    (p·t)×(q·u)×N×C
func (f *planeFilter) spreadAxes() string {
	v := f.Gemm(f.columns.into().in(f.Builder), f.ReshapeTo(f.x, -1, f.columns.in), false, true)
	v = f.Gemm(f.rows.into().in(f.Builder), f.ReshapeTo(v, -1, f.rows.in), false, true)
	return f.ReshapeTo(v, f.kernels(), -1, f.channels)
}

// gatherAxes makes y of M axis by axis, from the first on:
//
//	(p·t)×(q·u)×N×K    (q·u)×N×K×H'    N×K×H'×W'
func (f *planeFilter) gatherAxes(m string) string {
	y := f.Gemm(f.ReshapeTo(m, f.rows.numbers(), -1), f.rows.back().in(f.Builder), true, true)
	y = f.Gemm(f.ReshapeTo(y, f.columns.numbers(), -1), f.columns.back().in(f.Builder), true, true)
	return f.ReshapeTo(y, -1, f.out, f.rows.out, f.columns.out)
}

// filters is S, each row once for every product that asks for it.
func (f *planeFilter) filters() string {
	repeated := int64(1)
	if !f.isSmall() {
		repeated = f.rows.tiles
	}
	m := newMatrix(f.kernels(), 9)
	for i := range m.rows {
		m.setKernel(i, f.rows.form.kernel[i/f.columns.form.size()/repeated], f.columns.form.kernel[i%f.columns.form.size()])
	}
	return m.in(f.Builder)
}
