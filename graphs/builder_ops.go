package graphs

// Methods named after an operator append that operator; attributes and
// optional inputs that derived graphs never use are left out.

// Add returns x + y.
func (b *Builder) Add(x, y string) string { return b.Op("Add", []string{x, y}) }

// Sub returns x − y.
func (b *Builder) Sub(x, y string) string { return b.Op("Sub", []string{x, y}) }

// Mul returns x·y, elementwise.
func (b *Builder) Mul(x, y string) string { return b.Op("Mul", []string{x, y}) }

// Div returns x/y, elementwise.
func (b *Builder) Div(x, y string) string { return b.Op("Div", []string{x, y}) }

// Pow returns x^y, elementwise.
func (b *Builder) Pow(x, y string) string { return b.Op("Pow", []string{x, y}) }

// Neg returns −x.
func (b *Builder) Neg(x string) string { return b.Op("Neg", []string{x}) }

// Exp returns eˣ.
func (b *Builder) Exp(x string) string { return b.Op("Exp", []string{x}) }

// Log returns the natural logarithm of x.
func (b *Builder) Log(x string) string { return b.Op("Log", []string{x}) }

// Sqrt returns √x.
func (b *Builder) Sqrt(x string) string { return b.Op("Sqrt", []string{x}) }

// Reciprocal returns 1/x.
func (b *Builder) Reciprocal(x string) string { return b.Op("Reciprocal", []string{x}) }

// Sign returns −1, 0 or 1.
func (b *Builder) Sign(x string) string { return b.Op("Sign", []string{x}) }

// Scale returns v·x for a constant v.
func (b *Builder) Scale(x string, v float64) string { return b.Mul(x, b.Like(x, v)) }

// Shift returns x + v for a constant v.
func (b *Builder) Shift(x string, v float64) string { return b.Add(x, b.Like(x, v)) }

// Square returns x², as a product of x with itself.
func (b *Builder) Square(x string) string { return b.Mul(x, x) }

// Greater returns x > y.
func (b *Builder) Greater(x, y string) string { return b.Op("Greater", []string{x, y}) }

// Less returns x < y.
func (b *Builder) Less(x, y string) string { return b.Op("Less", []string{x, y}) }

// Equal returns x = y.
func (b *Builder) Equal(x, y string) string { return b.Op("Equal", []string{x, y}) }

// Where returns x where cond holds and y elsewhere.
func (b *Builder) Where(cond, x, y string) string { return b.Op("Where", []string{cond, x, y}) }

// Cast returns x with element type t; x itself when it has that type.
func (b *Builder) Cast(x string, t DType) string {
	if b.Elem(x) == t {
		return x
	}
	return b.Op("Cast", []string{x}, Int("to", int64(t)))
}

// MatMul returns the matrix product over the last two axes.
func (b *Builder) MatMul(x, y string) string { return b.Op("MatMul", []string{x, y}) }

// Gemm returns x·y of matrices, each transposed first when told so.
func (b *Builder) Gemm(x, y string, transX, transY bool) string {
	var attrs []Attribute
	if transX {
		attrs = append(attrs, Int("transA", 1))
	}
	if transY {
		attrs = append(attrs, Int("transB", 1))
	}
	return b.Op("Gemm", []string{x, y}, attrs...)
}

// Transpose returns x with its axes permuted.
func (b *Builder) Transpose(x string, perm ...int64) string {
	return b.Op("Transpose", []string{x}, Ints("perm", perm...))
}

// SwapLast returns x with its last two axes exchanged.
func (b *Builder) SwapLast(x string) string {
	perm := make([]int64, b.Rank(x))
	for i := range perm {
		perm[i] = int64(i)
	}
	if r := len(perm); r >= 2 {
		perm[r-2], perm[r-1] = perm[r-1], perm[r-2]
	}
	return b.Transpose(x, perm...)
}

// Reshape returns x with the given shape, an int64 vector value.
func (b *Builder) Reshape(x, shape string) string { return b.Op("Reshape", []string{x, shape}) }

// ReshapeTo returns x with constant sizes: −1 is inferred, 0 copied.
func (b *Builder) ReshapeTo(x string, dims ...int64) string { return b.Reshape(x, b.Ints(dims...)) }

// ReshapeLike returns x with the shape of y.
func (b *Builder) ReshapeLike(x, y string) string {
	if s := b.Shape(y); s.IsStatic() {
		return b.ReshapeTo(x, s.Dims()...)
	}
	return b.Reshape(x, b.ShapeOf(y))
}

// ShapeOf returns the shape of x: a constant when it is static.
func (b *Builder) ShapeOf(x string) string {
	if s := b.Shape(x); s.IsStatic() {
		return b.Ints(s.Dims()...)
	}
	return b.Op("Shape", []string{x})
}

// Expand returns x broadcast to shape, an int64 vector value.
func (b *Builder) Expand(x, shape string) string { return b.Op("Expand", []string{x, shape}) }

// ExpandLike returns x broadcast to the shape of y, x itself where it surely
// has that shape.
func (b *Builder) ExpandLike(x, y string) string {
	if b.Shape(x).Equals(b.Shape(y)) {
		return x
	}
	return b.Expand(x, b.ShapeOf(y))
}

// Unsqueeze returns x with axes of size 1 inserted.
func (b *Builder) Unsqueeze(x string, axes ...int64) string {
	return b.Op("Unsqueeze", []string{x, b.Ints(axes...)})
}

// Squeeze returns x without the given axes of size 1.
func (b *Builder) Squeeze(x string, axes ...int64) string {
	return b.Op("Squeeze", []string{x, b.Ints(axes...)})
}

// Gather returns the slices of x along an axis that the indices name.
func (b *Builder) Gather(x, indices string, axis int64) string {
	return b.Op("Gather", []string{x, indices}, Int("axis", axis))
}

// ReduceSum returns the sum over the axes; over all when none is given.
func (b *Builder) ReduceSum(x string, keep bool, axes ...int64) string {
	return b.reduce("ReduceSum", x, keep, axes)
}

// ReduceMean returns the mean over the axes; over all when none is given.
func (b *Builder) ReduceMean(x string, keep bool, axes ...int64) string {
	return b.reduce("ReduceMean", x, keep, axes)
}

// ReduceMax returns the largest element over the axes; over all when none is
// given.
func (b *Builder) ReduceMax(x string, keep bool, axes ...int64) string {
	return b.reduce("ReduceMax", x, keep, axes)
}

func (b *Builder) reduce(op, x string, keep bool, axes []int64) string {
	inputs := []string{x}
	if len(axes) > 0 {
		inputs = append(inputs, b.Ints(axes...))
	}
	return b.Op(op, inputs, keepDims(keep))
}

// SumOver returns the sum of x over the axes in an int64 vector value, which
// are kept with size 1; an empty vector sums nothing.
func (b *Builder) SumOver(x, axes string) string {
	return b.Op("ReduceSum", []string{x, axes}, keepDims(true), Int("noop_with_empty_axes", 1))
}

func keepDims(keep bool) Attribute {
	if keep {
		return Int("keepdims", 1)
	}
	return Int("keepdims", 0)
}

// LogSoftmax returns log(softmax(x)) over an axis.
func (b *Builder) LogSoftmax(x string, axis int64) string {
	return b.Op("LogSoftmax", []string{x}, Int("axis", axis))
}

// Softmax returns softmax(x) over an axis.
func (b *Builder) Softmax(x string, axis int64) string {
	return b.Op("Softmax", []string{x}, Int("axis", axis))
}

// OneHot returns labels [N] as rows of a float N×depth matrix of zeros and
// ones of element type t; depth is a rank-0 or one-element int64 value.
func (b *Builder) OneHot(labels, depth string, t DType) string {
	values := b.Const(NewTensor("", t, []int64{2}, []float64{0, 1}))
	return b.Op("OneHot", []string{labels, depth, values}, Int("axis", -1))
}
