package eval

import "math"

// alongAxis transforms every lane along the attribute "axis" of a floating
// value; f writes its result over the lane.
func alongAxis(f func(lane []float64)) kernel {
	return func(c *call) ([]*Value, error) {
		x := c.in[0]
		axis, err := c.axis(-1, len(x.Shape))
		if err != nil {
			return nil, err
		}
		return one(x.mapLanes([]int{axis}, f))
	}
}

// mapLanes transforms every group of elements that differ only along the axes.
func (v *Value) mapLanes(axes []int, f func(lane []float64)) *Value {
	out := zeros(v.Type, v.Shape)
	outer, inner := lanes(v.Shape, axes)
	lane := make([]float64, len(inner))
	for _, at := range outer {
		for k, step := range inner {
			lane[k] = v.F[at+step]
		}
		f(lane)
		for k, step := range inner {
			out.F[at+step] = lane[k]
		}
	}
	return out
}

func softmax(x []float64) {
	logSoftmax(x)
	for i := range x {
		x[i] = math.Exp(x[i])
	}
}

func logSoftmax(x []float64) {
	shift := logSumExp(x)
	for i := range x {
		x[i] -= shift
	}
}

// hardmax puts 1 in the place of the first maximum and 0 elsewhere.
func hardmax(x []float64) {
	best := 0
	for i := range x {
		if x[i] > x[best] {
			best = i
		}
	}
	for i := range x {
		x[i] = float64(truth(i == best))
	}
}
