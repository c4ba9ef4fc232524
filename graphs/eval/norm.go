package eval

import (
	"errors"
	"math"
)

// lpNormalization divides lanes by their p-norm; lanes of zeros stay.
func lpNormalization(c *call) ([]*Value, error) {
	p := c.node.Int("p", 2)
	if p != 1 && p != 2 {
		return nil, errors.New("p must be 1 or 2")
	}
	norm := lpNorm(float64(p))
	return alongAxis(func(lane []float64) {
		n := norm(lane)
		if n == 0 {
			return
		}
		for i := range lane {
			lane[i] /= n
		}
	})(c)
}

// lrn divides each element by (bias + alpha/size·Σx²)^beta, the sum taken over
// the size channels around its own.
func lrn(c *call) ([]*Value, error) {
	x := c.in[0]
	size := int(c.node.Int("size", 0))
	if len(x.Shape) < 2 || size < 1 {
		return nil, errors.New("it needs a channel axis and a positive size")
	}
	alpha, beta, bias := c.float("alpha", 1e-4), c.float("beta", 0.75), c.float("bias", 1)
	return one(x.mapLanes([]int{1}, func(lane []float64) {
		raw := append([]float64{}, lane...)
		for i := range lane {
			from, to := max(0, i-(size-1)/2), min(len(raw)-1, i+size/2)
			lane[i] /= math.Pow(bias+alpha/float64(size)*sumSquare(raw[from:to+1]), beta)
		}
	}))
}

// meanVarianceNormalization standardises over the attribute "axes".
func meanVarianceNormalization(c *call) ([]*Value, error) {
	given := c.node.Ints("axes")
	if given == nil {
		given = []int64{0, 2, 3}
	}
	axes, err := axesOf(given, len(c.in[0].Shape))
	if err != nil {
		return nil, err
	}
	return one(c.in[0].mapLanes(axes, func(lane []float64) {
		mean, variance := moments(lane)
		for i := range lane {
			lane[i] = (lane[i] - mean) / (math.Sqrt(variance) + 1e-9)
		}
	}))
}
