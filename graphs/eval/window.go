package eval

import (
	"fmt"
	"slices"
)

// window slides a kernel over the spatial axes of a tensor: how convolutions
// and pools see it.
type window struct {
	in, kernel, out    []int // sizes
	strides, dilations []int
	before, after      []int // padding
}

// tap pairs a place of the kernel with the place of the input under it.
type tap struct{ kernel, in int }

// newWindow reads the attributes strides, dilations, pads and auto_pad. It
// leaves the output sizes to the caller.
func newWindow(c *call, in, kernel []int) (*window, error) {
	rank := len(in)
	if len(kernel) != rank {
		return nil, fmt.Errorf("kernel %v does not fit spatial shape %v", kernel, in)
	}
	w := &window{in: in, kernel: kernel, out: make([]int, rank)}
	var err error
	if w.strides, err = spatial(c, "strides", rank, 1, 1); err != nil {
		return nil, err
	}
	if w.dilations, err = spatial(c, "dilations", rank, 1, 1); err != nil {
		return nil, err
	}
	pads, err := spatial(c, "pads", 2*rank, 0, 0)
	if err != nil {
		return nil, err
	}
	w.before, w.after = slices.Clone(pads[:rank]), slices.Clone(pads[rank:])
	for i, k := range kernel {
		if k < 1 {
			return nil, fmt.Errorf("kernel %v has an empty axis", kernel)
		}
		if _, err := checkShape([]int{w.extent(i), w.strides[i]}); err != nil {
			return nil, fmt.Errorf("axis %d of the window is too large", i)
		}
	}
	return w, nil
}

// slid returns a window with its output sizes, and its taps at each place.
func slid(c *call, in, kernel []int, ceil bool) (*window, [][]tap, error) {
	w, err := newWindow(c, in, kernel)
	if err != nil {
		return nil, nil, err
	}
	if err := w.slide(c, ceil); err != nil {
		return nil, nil, err
	}
	taps, err := w.taps()
	return w, taps, err
}

// spatial returns an attribute that holds n numbers of at least least, def
// when it is missing.
func spatial(c *call, name string, n, def, least int) ([]int, error) {
	values := c.node.Ints(name)
	if len(values) == 0 {
		return slices.Repeat([]int{def}, n), nil
	}
	if len(values) != n {
		return nil, fmt.Errorf("%s %v must hold %d numbers", name, values, n)
	}
	for _, v := range values {
		if v < int64(least) || v > maxElements {
			return nil, fmt.Errorf("%s %v must hold numbers from %d on", name, values, least)
		}
	}
	return toInts(values), nil
}

// extent returns how many places of the input the dilated kernel spans.
func (w *window) extent(i int) int { return (w.kernel[i]-1)*w.dilations[i] + 1 }

// slide computes the padding of auto_pad and the output sizes of a
// convolution or pool. With ceil a last window may reach beyond the padding,
// as long as it starts before its end.
func (w *window) slide(c *call, ceil bool) error {
	mode := c.node.Str("auto_pad", "NOTSET")
	for i := range w.out {
		switch mode {
		case "NOTSET", "":
		case "VALID":
			w.before[i], w.after[i] = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			out := (w.in[i] + w.strides[i] - 1) / w.strides[i]
			w.pad(i, max(0, (out-1)*w.strides[i]+w.extent(i)-w.in[i]), mode == "SAME_UPPER")
		default:
			return fmt.Errorf("auto_pad %q is not known", mode)
		}
		room := w.in[i] + w.before[i] + w.after[i] - w.extent(i)
		if room < 0 {
			return fmt.Errorf("kernel %v is larger than the padded spatial shape %v", w.kernel, w.in)
		}
		w.out[i] = room/w.strides[i] + 1
		if ceil && room%w.strides[i] != 0 && w.out[i]*w.strides[i] < w.in[i]+w.before[i] {
			w.out[i]++
		}
	}
	return nil
}

// pad distributes the padding of axis i over both ends, the odd one at the end
// when upper is set.
func (w *window) pad(i, total int, upper bool) {
	w.before[i], w.after[i] = total/2, total-total/2
	if !upper {
		w.before[i], w.after[i] = w.after[i], w.before[i]
	}
}

// taps lists, for every output place, the taps that lie inside the input.
func (w *window) taps() ([][]tap, error) {
	if _, err := checkShape(slices.Concat(w.out, w.kernel)); err != nil {
		return nil, fmt.Errorf("too many windows: %w", err)
	}
	result := [][]tap{{{}}}
	for i := range w.in {
		next := make([][]tap, 0, len(result)*w.out[i])
		axis := w.axisTaps(i)
		for _, outer := range result {
			for _, inner := range axis {
				joined := make([]tap, 0, len(outer)*len(inner))
				for _, a := range outer {
					for _, b := range inner {
						joined = append(joined, tap{a.kernel*w.kernel[i] + b.kernel, a.in*w.in[i] + b.in})
					}
				}
				next = append(next, joined)
			}
		}
		result = next
	}
	return result, nil
}

func (w *window) axisTaps(i int) [][]tap {
	taps := make([][]tap, w.out[i])
	for o := range taps {
		for k := range w.kernel[i] {
			if at := o*w.strides[i] - w.before[i] + k*w.dilations[i]; at >= 0 && at < w.in[i] {
				taps[o] = append(taps[o], tap{k, at})
			}
		}
	}
	return taps
}

// paddedTaps returns how many taps each output place has on the input and its
// padding, but not beyond: the divisor of an average that counts padding.
func (w *window) paddedTaps() []int {
	counts := []int{1}
	for i := range w.in {
		var next []int
		for _, outer := range counts {
			for o := range w.out[i] {
				inside := 0
				for k := range w.kernel[i] {
					if o*w.strides[i]+k*w.dilations[i] < w.before[i]+w.in[i]+w.after[i] {
						inside++
					}
				}
				next = append(next, outer*inside)
			}
		}
		counts = next
	}
	return counts
}
