package layout

import "github.com/memdil/memdil/graphs"

// axis is a dimension of a plane, whose output is cut into tiles.
type axis struct {
	in, out, tiles int64 // places
	before         int64 // places of padding in front
	form           *form
}

// along cuts an axis of so many places into tiles.
func (f *form) along(in, before, after int64) axis {
	out := (in+before+after-3)/f.stride + 1
	return axis{in, out, (out + f.reach() - 1) / f.reach(), before, f}
}

// newAxis takes the form that makes the fewest numbers; of equals, and where one
// tile would do, the exacter one, which has fewer kernels to make.
func newAxis(in, stride, before, after int64) axis {
	var best axis
	for _, f := range forms[stride] {
		a := f.along(in, before, after)
		if best.form == nil || a.tiles > 1 && a.numbers() < best.numbers() {
			best = a
		}
	}
	return best
}

func (a axis) numbers() int64 { return a.tiles * a.form.size() }

// into makes the numbers of all tiles of the places, numbers × places. What lies
// outside is 0.
func (a axis) into() *matrix {
	m := newMatrix(a.numbers(), a.in)
	for i, row := range a.form.input {
		for t := range a.tiles {
			first := t*a.form.reach()*a.form.stride - a.before
			for j, v := range row {
				if at := first + int64(j); at >= 0 && at < a.in {
					m.set(int64(i)*a.tiles+t, at, v)
				}
			}
		}
	}
	return m
}

// back makes the places of the numbers of all tiles, places × numbers.
func (a axis) back() *matrix {
	m := newMatrix(a.out, a.numbers())
	for place := range a.out {
		t := place / a.form.reach()
		for i, v := range a.form.output[place%a.form.reach()] {
			m.set(place, int64(i)*a.tiles+t, v)
		}
	}
	return m
}

// matrix is a constant one, row by row.
type matrix struct {
	rows, columns int64
	values        []float64
}

func newMatrix(rows, columns int64) *matrix {
	return &matrix{rows, columns, make([]float64, rows*columns)}
}

func (m *matrix) at(row, column int64) float64     { return m.values[row*m.columns+column] }
func (m *matrix) set(row, column int64, v float64) { m.values[row*m.columns+column] = v }

// setKernel sets a row to what each of the 3×3 places of a kernel counts for a number
// of which a and b are the halves, along the height and the width.
func (m *matrix) setKernel(row int64, a, b []float64) {
	for r := range int64(3) {
		for c := range int64(3) {
			m.set(row, 3*r+c, a[r]*b[c])
		}
	}
}

// in adds the matrix to a graph.
func (m *matrix) in(b *graphs.Builder) string {
	values := make([]float32, len(m.values))
	for i, v := range m.values {
		values[i] = float32(v)
	}
	return b.Const(graphs.NewFloats("", []int64{m.rows, m.columns}, values))
}
