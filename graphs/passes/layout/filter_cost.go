package layout

// Costs on a GPU, in multiplications of float32: of a number that is read or
// written, of one of U or its gradient, for whose products with the few numbers
// of S and Sᵀ there are no good kernels; and how much longer, for a
// multiplication, convolutions by strides of 2 take. They are fitted to what an H200
// takes for the convolutions of ResNet-18. Costs are counted in floating point, since a
// model may claim sizes whose products overflow integers.
const gpuMoving, gpuKernels, gpuSkipping = 18, 144, 1.4

// mostFiltered is how many numbers V may have, which is kept for the gradients.
const mostFiltered = 64 << 20

// fits reports whether V has no more, whatever sizes a model claims to have.
func (f *planeFilter) fits(batch int64) bool {
	return f.numbers()*float64(batch)*float64(f.channels) <= mostFiltered
}

// numbers is how many a sample of V has for each channel.
func (f *planeFilter) numbers() float64 {
	return float64(f.rows.numbers()) * float64(f.columns.numbers())
}

// isSmall reports whether one matrix serves both axes.
func (f *planeFilter) isSmall() bool {
	return max(f.rows.in*f.columns.in, f.rows.out*f.columns.out) <= smallPlane
}

// direct is what the convolution and its two gradients cost.
func (f *planeFilter) direct(batch int64) float64 {
	direct := 3 * 9 * float64(f.rows.out) * float64(f.columns.out) * float64(batch) * float64(f.channels) * float64(f.out)
	if f.rows.form.stride > 1 || f.columns.form.stride > 1 {
		direct *= gpuSkipping
	}
	return direct
}

// cost is the same for filtering: V and M are each made once and turned into a
// gradient once, and there are three products.
func (f *planeFilter) cost(batch int64) float64 {
	channels, out := float64(f.channels), float64(f.out)
	spread := f.rows.spread(f.columns, f.rows.in, f.columns.in)*channels + f.rows.spread(f.columns, f.rows.out, f.columns.out)*out
	if f.isSmall() {
		spread = f.numbers() * (float64(f.rows.in*f.columns.in)*channels + float64(f.rows.out*f.columns.out)*out)
	}
	ofSample := 3*f.numbers()*channels*out + 2*spread + gpuMoving*5*f.numbers()*(channels+out)
	return ofSample*float64(batch) + gpuKernels*float64(f.kernels())*channels*out
}

// spread is what a channel of a sample costs to spread axis by axis, from planes
// of height × width.
func (a axis) spread(columns axis, height, width int64) float64 {
	return float64(columns.numbers()) * float64(height) * float64(width+a.numbers())
}

// kernels is how many numbers each kernel makes.
func (f *planeFilter) kernels() int64 {
	n := f.rows.form.size() * f.columns.form.size()
	if !f.isSmall() {
		n *= f.rows.tiles
	}
	return n
}
