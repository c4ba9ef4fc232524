package eval

import (
	"fmt"
	"slices"
)

// conv computes y[n,m,o] = b[m] + Σ x[n,c,i]·w[m,c,k] over the channels c of
// m's group and the taps (k, i) of o.
func conv(c *call) ([]*Value, error) {
	x, weight := c.in[0], c.in[1]
	groups, err := convGroups(c)
	if err != nil {
		return nil, err
	}
	features, channels := weight.Shape[0], weight.Shape[1]
	if channels*groups != x.Shape[1] || features%groups != 0 {
		return nil, fmt.Errorf("weights %v of %d groups do not fit %d channels", weight.Shape, groups, x.Shape[1])
	}
	w, taps, err := slid(c, x.Shape[2:], weight.Shape[2:], false)
	if err != nil {
		return nil, err
	}
	out, err := biased(c, slices.Concat([]int{x.Shape[0], features}, w.out))
	if err != nil {
		return nil, err
	}
	in, kernel := count(w.in), count(w.kernel)
	for plane := range x.Shape[0] * features {
		n, m := plane/features, plane%features
		first := n*x.Shape[1] + m/(features/groups)*channels // channel of the group
		for o, under := range taps {
			total := 0.0
			for ch := range channels {
				xs, ws := x.F[(first+ch)*in:], weight.F[(m*channels+ch)*kernel:]
				for _, t := range under {
					total += xs[t.in] * ws[t.kernel]
				}
			}
			out.F[plane*len(taps)+o] += total
		}
	}
	return one(out)
}

// convGroups checks the ranks of a convolution's operands and returns the
// number of groups.
func convGroups(c *call) (int, error) {
	x, weight := c.in[0], c.in[1]
	if len(x.Shape) < 3 || len(weight.Shape) != len(x.Shape) {
		return 0, fmt.Errorf("input and weights must have the same rank of at least 3")
	}
	if kernel := c.node.Ints("kernel_shape"); len(kernel) > 0 && !slices.Equal(toInts(kernel), weight.Shape[2:]) {
		return 0, fmt.Errorf("kernel_shape %v contradicts weights %v", kernel, weight.Shape)
	}
	groups := c.node.Int("group", 1)
	if groups < 1 || groups > int64(max(x.Shape[1], 1)) {
		return 0, fmt.Errorf("group = %d for %d channels", groups, x.Shape[1])
	}
	return int(groups), nil
}

// biased returns an output N×M×… filled with the optional bias [M] in input 2.
func biased(c *call, shape []int) (*Value, error) {
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	out := zeros(c.in[0].Type, shape)
	if !c.has(2) {
		return out, nil
	}
	bias, err := perChannel(c.in[2], out)
	if err != nil {
		return nil, fmt.Errorf("bias: %w", err)
	}
	if bias, err = bias.expandTo(shape); err != nil {
		return nil, err
	}
	return out.combine(bias, addFloats, nil), nil
}

// convTranspose is the adjoint of conv: its window slides over the output, and
// every tap adds x[n,c,o]·w[c,m,k] to y[n,m,i].
func convTranspose(c *call) ([]*Value, error) {
	x, weight := c.in[0], c.in[1]
	groups, err := convGroups(c)
	if err != nil {
		return nil, err
	}
	channels, features := x.Shape[1], weight.Shape[1]
	if weight.Shape[0] != channels || channels%groups != 0 {
		return nil, fmt.Errorf("weights %v of %d groups do not fit %d channels", weight.Shape, groups, channels)
	}
	w, err := transposedWindow(c)
	if err != nil {
		return nil, err
	}
	taps, err := w.taps()
	if err != nil {
		return nil, err
	}
	out, err := biased(c, slices.Concat([]int{x.Shape[0], features * groups}, w.in))
	if err != nil {
		return nil, err
	}
	full, kernel := count(w.in), count(w.kernel)
	for plane := range x.Shape[0] * channels {
		n, ch := plane/channels, plane%channels
		first := n*features*groups + ch/(channels/groups)*features // feature of the group
		for m := range features {
			ys, ws := out.F[(first+m)*full:], weight.F[(ch*features+m)*kernel:]
			for o, under := range taps {
				for _, t := range under {
					ys[t.in] += x.F[plane*len(taps)+o] * ws[t.kernel]
				}
			}
		}
	}
	return one(out)
}

// transposedWindow computes the window of a transposed convolution, whose
// output sizes are the node's input sizes and the other way round.
func transposedWindow(c *call) (*window, error) {
	spatialIn, kernel := c.in[0].Shape[2:], c.in[1].Shape[2:]
	w, err := newWindow(c, spatialIn, kernel)
	if err != nil {
		return nil, err
	}
	w.out, w.in = spatialIn, make([]int, len(spatialIn))
	extra, err := spatial(c, "output_padding", len(w.in), 0, 0)
	if err != nil {
		return nil, err
	}
	wanted, err := spatial(c, "output_shape", len(w.in), 0, 1)
	if err != nil {
		return nil, err
	}
	mode := c.node.Str("auto_pad", "NOTSET")
	for i := range w.in {
		full := (w.out[i]-1)*w.strides[i] + extra[i] + w.extent(i)
		switch {
		case wanted[i] > 0:
			w.in[i] = wanted[i]
			w.pad(i, max(0, full-wanted[i]), mode == "SAME_UPPER")
		case mode == "SAME_UPPER" || mode == "SAME_LOWER":
			w.in[i] = w.out[i] * w.strides[i]
			w.pad(i, max(0, full-w.in[i]), mode == "SAME_UPPER")
		case mode == "VALID":
			w.before[i], w.in[i] = 0, full
		case mode == "NOTSET" || mode == "":
			w.in[i] = full - w.before[i] - w.after[i]
		default:
			return nil, fmt.Errorf("auto_pad %q is not known", mode)
		}
	}
	return w, nil
}
