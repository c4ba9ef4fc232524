package eval

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
)

// moments returns the mean and the population variance of a lane.
func moments(lane []float64) (mean, variance float64) {
	mean = average(lane)
	for _, x := range lane {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(len(lane))
}

// standardise returns lanes with mean 0 and variance 1 (but for epsilon).
func standardise(epsilon float64) func(lane []float64) {
	return func(lane []float64) {
		mean, variance := moments(lane)
		for i, x := range lane {
			lane[i] = (x - mean) / math.Sqrt(variance+epsilon)
		}
	}
}

// affine returns x·scale + bias, both broadcast to x; a nil bias is 0.
func affine(x, scale, bias *Value) (*Value, error) {
	scale, err := scale.expandTo(x.Shape)
	if err != nil {
		return nil, fmt.Errorf("scale: %w", err)
	}
	out := x.combine(scale, func(x, s float64) float64 { return x * s }, nil)
	if bias == nil {
		return out, nil
	}
	if bias, err = bias.expandTo(x.Shape); err != nil {
		return nil, fmt.Errorf("bias: %w", err)
	}
	return out.combine(bias, addFloats, nil), nil
}

// perChannel shapes a vector [C] to broadcast over N×C×….
func perChannel(v *Value, x *Value) (*Value, error) {
	if len(x.Shape) < 2 {
		return nil, fmt.Errorf("the input needs a batch and a channel axis")
	}
	if len(v.Shape) != 1 || v.Shape[0] != x.Shape[1] {
		return nil, fmt.Errorf("%v is not one number for each of %d channels", v.Shape, x.Shape[1])
	}
	shape := make([]int, len(x.Shape)-1)
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = v.Shape[0]
	return v.reshaped(shape), nil
}

// batchNormalization normalises each channel by the running statistics, or, in
// training form, by the batch's own, which it mixes into the running ones.
func batchNormalization(c *call) ([]*Value, error) {
	x := c.in[0]
	var p [5]*Value // scale, bias, mean, variance from 1 on
	for i := 1; i < 5; i++ {
		var err error
		if p[i], err = perChannel(c.in[i], x); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	epsilon := c.float("epsilon", 1e-5)
	if !c.flag("training_mode", 0) {
		factor := p[1].combine(p[4], func(s, v float64) float64 { return s / math.Sqrt(v+epsilon) }, nil)
		scaledMean := p[3].combine(factor, func(m, f float64) float64 { return m * f }, nil)
		shift := p[2].combine(scaledMean, func(b, m float64) float64 { return b - m }, nil)
		y, err := affine(x, factor, shift)
		if err != nil {
			return nil, err
		}
		return one(y)
	}
	axes := append([]int{0}, sequence(2, len(x.Shape))...)
	y, err := affine(x.mapLanes(axes, standardise(epsilon)), p[1], p[2])
	if err != nil {
		return nil, err
	}
	return append([]*Value{y}, runningStatistics(c, axes)...), nil
}

func runningStatistics(c *call, axes []int) []*Value {
	momentum := c.float("momentum", 0.9)
	mix := func(batch, running float64) float64 { return running*momentum + batch*(1-momentum) }
	mean := reduction{floats: average}.over(c.in[0], axes, false)
	variance := reduction{floats: func(lane []float64) float64 { _, v := moments(lane); return v }}.over(c.in[0], axes, false)
	return []*Value{mean.combine(c.in[3], mix, nil), variance.combine(c.in[4], mix, nil)}
}

// layerNormalization normalises over the axes from "axis" on, and returns the
// mean and the inverse standard deviation as well.
func layerNormalization(c *call) ([]*Value, error) {
	x := c.in[0]
	first, err := c.axis(-1, len(x.Shape))
	if err != nil {
		return nil, err
	}
	axes, epsilon := sequence(first, len(x.Shape)), c.float("epsilon", 1e-5)
	y, err := affine(x.mapLanes(axes, standardise(epsilon)), c.in[1], c.optional(2))
	if err != nil {
		return nil, err
	}
	mean := reduction{floats: average}.over(x, axes, true)
	inverse := reduction{floats: func(lane []float64) float64 {
		_, variance := moments(lane)
		return 1 / math.Sqrt(variance+epsilon)
	}}.over(x, axes, true)
	stash := graphs.DType(c.node.Int("stash_type", int64(graphs.Float32)))
	if !stash.IsFloat() {
		return nil, fmt.Errorf("stash_type %s is not floating", stash)
	}
	mean.Type, inverse.Type = stash, stash
	return []*Value{y, mean, inverse}, nil
}

// optional returns input i, nil when it is left out.
func (c *call) optional(i int) *Value {
	if c.has(i) {
		return c.in[i]
	}
	return nil
}

// rmsNormalization divides by the root mean square over the axes from "axis"
// on.
func rmsNormalization(c *call) ([]*Value, error) {
	x := c.in[0]
	first, err := c.axis(-1, len(x.Shape))
	if err != nil {
		return nil, err
	}
	epsilon := c.float("epsilon", 1e-5)
	y, err := affine(x.mapLanes(sequence(first, len(x.Shape)), func(lane []float64) {
		rms := math.Sqrt(sumSquare(lane)/float64(len(lane)) + epsilon)
		for i := range lane {
			lane[i] /= rms
		}
	}), c.in[1], nil)
	if err != nil {
		return nil, err
	}
	return one(y)
}

// instanceNormalization normalises each channel of each sample.
func instanceNormalization(c *call) ([]*Value, error) {
	x := c.in[0]
	scale, err := perChannel(c.in[1], x)
	if err != nil {
		return nil, err
	}
	bias, err := perChannel(c.in[2], x)
	if err != nil {
		return nil, err
	}
	y, err := affine(x.mapLanes(sequence(2, len(x.Shape)), standardise(c.float("epsilon", 1e-5))), scale, bias)
	if err != nil {
		return nil, err
	}
	return one(y)
}

// groupNormalization normalises groups of channels of each sample. Scale and
// bias are given per group before opset 21 and per channel from there on.
func groupNormalization(c *call) ([]*Value, error) {
	x, groups := c.in[0], int(c.node.Int("num_groups", 0))
	if len(x.Shape) < 2 || groups < 1 || x.Shape[1]%groups != 0 {
		return nil, fmt.Errorf("num_groups = %d does not divide the channels", groups)
	}
	size := x.Shape[1] / groups
	grouped := x.reshaped([]int{x.Shape[0], groups, size * count(x.Shape[2:])})
	y := grouped.mapLanes([]int{2}, standardise(c.float("epsilon", 1e-5)))
	like := x
	if c.opset < 21 {
		like = y
	}
	scale, err := perChannel(c.in[1], like)
	if err != nil {
		return nil, err
	}
	bias, err := perChannel(c.in[2], like)
	if err != nil {
		return nil, err
	}
	if y, err = affine(y.reshaped(like.Shape), scale, bias); err != nil {
		return nil, err
	}
	return one(y.reshaped(x.Shape))
}
