package layout

import "github.com/memdil/memdil/graphs"

const (
	// fewZeros is how many places matrices of whole planes may have in any case.
	fewZeros = 64
	// wasted is how many times as often products may multiply. On two cores, a
	// step of convolutions of 3×3 with columns of 16 and 32 takes 0.4 of the
	// time, with columns of 56 longer.
	wasted = 11
)

// bandsPay reports whether the products gain.
func (b *abreastConv) bandsPay() bool {
	rows, columns := b.rows, b.columns
	if b.areWhole() {
		return fits(rows.Taps, columns.Taps, b.into.places(), b.from.places())
	}
	return b.into.channels == b.from.channels && b.from.height <= wasted*rows.Taps &&
		fits(rows.Taps, columns.Taps, b.into.height, columns.Taps, b.from.height)
}

// areWhole reports whether matrices are those of whole planes: small ones, and
// those of which columns would take about as many multiplications.
func (b *abreastConv) areWhole() bool {
	return b.from.places() <= max(fewZeros, b.columns.Taps*b.from.height*3/2)
}

// bands appends a depthwise convolution as a product of matrices, of which a
// channel has one: it says how much of each place of the input there is in each
// of the output, so that its numbers are those of the kernel, in bands, and zeros.
// Multiplying by zeros costs less than ONNX Runtime needs for kernels of so few
// numbers, which it multiplies sample by sample, channel by channel. With
// constants S of ones and zeros, and w C×K,
//
//	T = w·S   C×(Q×P)     y = T·x   C×Q×N
//
// for P places of a whole plane, and Q of the output, of all its channels that one
// of the input makes. Large planes would have too many zeros: there the matrices
// are those of columns, of height H and H', and x is unfolded to V columns for each
// of the W' of the output, V being the width of the kernel:
//
//	T = w·S   C×(H'×(V·H))     y = T·unfolded x   C×H'×(W'·N)
//
// The gradients of both are such products, too. It returns the output.
func (b *abreastConv) bands() string {
	x := b.held(b.node.Input(0))
	var y string
	if b.areWhole() {
		t := b.matrices(b.columns, b.from.width, true)
		y = b.MatMul(b.ReshapeTo(t, b.from.channels, -1, b.from.places()), b.ReshapeTo(x, b.from.channels, b.from.places(), -1))
	} else {
		own := graphs.Slide{Taps: b.columns.Taps, Places: 1, Stride: 1, Dilation: 1} // each tap has its column
		t := b.matrices(own, own.Taps, false)
		y = b.MatMul(b.ReshapeTo(t, b.from.channels, b.into.height, -1), b.unfolded(x))
	}
	y = b.ReshapeTo(y, 1, b.into.channels, b.into.places(), -1)
	if bias := b.node.Input(2); bias != "" {
		y = b.Add(y, b.PerChannel(bias, y))
	}
	return y
}

// matrices is T, for kernels that slide along rows of the given width as columns
// says. The places of the input lie row by row, or else column by column.
func (b *abreastConv) matrices(columns graphs.Slide, width int64, rowwise bool) string {
	taps := b.rows.Taps * columns.Taps
	s := b.meetings(columns, width, rowwise)
	return b.MatMul(b.ReshapeTo(b.node.Input(1), b.into.channels, taps), b.Const(graphs.NewFloats("", []int64{taps, int64(len(s)) / taps}, s)))
}

// meetings is S: for each tap and place of the output, a one among zeros for the
// place of the input that they meet.
func (b *abreastConv) meetings(columns graphs.Slide, width int64, rowwise bool) []float32 {
	places := b.from.height * width
	met := graphs.Met([]graphs.Slide{b.rows, columns}, []int64{b.from.height, width}, -1)
	s := make([]float32, int64(len(met))*places)
	for pair, at := range met { // a row of S each
		if at < 0 {
			continue
		}
		if !rowwise {
			at = at%width*b.from.height + at/width
		}
		s[int64(pair)*places+at] = 1
	}
	return s
}

// unfolded returns C×(V·H)×(W'·N): for each place along a row of the kernel the
// columns that it meets at each place of the output.
func (b *abreastConv) unfolded(x string) string {
	c := b.columns
	phases := b.phases(x)
	var taps []string
	for tap := range c.Taps {
		first := c.Meets(tap, 0)
		phase := (first%c.Stride + c.Stride) % c.Stride
		taps = append(taps, b.moved(phases[phase], (first-phase)/c.Stride))
	}
	return b.Op("Concat", taps, graphs.Int("axis", 1))
}

// phases returns, for each place of a stride, the columns that are there in all
// strides along a row, (C·H)×(strides·N).
func (b *abreastConv) phases(x string) []string {
	rows, stride := b.from.channels*b.from.height, b.columns.Stride
	x = b.ReshapeTo(x, rows, -1)
	if stride == 1 {
		return []string{x}
	}
	x = b.padded(x, 0, b.strides()*stride-b.from.width)
	apart := b.Node("Split", []string{b.columned(x, 1, rows*b.strides(), stride)}, int(stride), graphs.Int("axis", 1), graphs.Int("num_outputs", stride))
	var phases []string
	for _, phase := range apart {
		phases = append(phases, b.ReshapeTo(phase, rows, -1))
	}
	return phases
}

// strides is how many a row has, the last of which may be cut.
func (b *abreastConv) strides() int64 {
	return (b.from.width + b.columns.Stride - 1) / b.columns.Stride
}

// moved returns, for each place along a row of the output, the column of a phase
// that is so many strides behind it, C×H×(W'·N).
func (b *abreastConv) moved(phase string, by int64) string {
	places := b.into.width
	return b.columned(b.padded(phase, -by, places+by-b.strides()), places, b.from.channels, b.from.height)
}

// columned gives columns of so many places the shape dims×(places·N). Inference
// knows it by this, which gradients need.
func (b *abreastConv) columned(x string, places int64, dims ...int64) string {
	return b.Reshape(x, b.Op("Concat", []string{b.Ints(dims...), b.Mul(b.samples[b.from.batch], b.Ints(places))}, graphs.Int("axis", 0)))
}

// padded adds columns to a matrix of rows, or takes away as many as are negative.
// Of values of rank 2, ONNX Runtime moves whole rows.
func (b *abreastConv) padded(x string, before, after int64) string {
	if before == 0 && after == 0 {
		return x
	}
	return b.Op("Pad", []string{x, b.Mul(b.samples[b.from.batch], b.Ints(0, before, 0, after))})
}
