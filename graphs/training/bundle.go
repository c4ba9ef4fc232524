package training

import (
	"cmp"
	"maps"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// A Loop carries small tensors in bundles: one holds the elements of many side
// by side, so that one operator updates them all. A GPU needs as long to start
// an operator as to update a hundred thousand elements.

// bundled is the largest number of elements of a tensor that is bundled.
const bundled = 1 << 16

// Names of the bundles inside a Loop's body.
const (
	smallParameters = "small.parameters"
	allStatistics   = "running.statistics"
)

// bundles are those that a Loop carries.
type bundles struct {
	// held maps a bundle's name to the tensors it holds, in order.
	held map[string][]*graphs.Tensor
	// rows tells of tensors that are held transposed how long their rows are.
	rows map[string]int64
	strip
}

// strip is the shape of bundles: n elements along axis, 1 along the others. It
// is that of what most of the parameters act on, so that few of them have to be
// reshaped: a column, as for MLPs that hold samples in columns, or a channel of
// planes.
type strip struct{ rank, axis int }

func (s strip) dims(n int64) []int64 {
	dims := slices.Repeat([]int64{1}, s.rank)
	dims[s.axis] = n
	return dims
}

// along is the attribute of operators that join or cut bundles.
func (s strip) along() graphs.Attribute { return graphs.Int("axis", int64(s.axis)) }

// stripFor looks for normalised planes.
func (net *Net) stripFor() strip {
	infos, err := graphs.Infer(net.Model)
	if err != nil {
		return strip{2, 0}
	}
	for _, n := range net.Model.Graph.Nodes {
		if rank := len(infos[n.Input(0)].Shape); n.StandardOp() == "BatchNormalization" && rank > 2 {
			return strip{rank, 1}
		}
	}
	return strip{2, 0}
}

// bundle returns the net with its small parameters in one and its running
// statistics in another, and what these hold. The body's graph begins by
// cutting the parameters out of their bundle, which is differentiated like any
// other operator.
func (net *Net) bundle(opt Optimizer) (*Net, bundles) {
	out, b := *net, bundles{held: map[string][]*graphs.Tensor{}, rows: net.shortRows(), strip: net.stripFor()}
	out.Model = net.Model.Clone()
	names := graphs.NewNames(out.Model.Graph)
	var small []*graphs.Tensor
	out.Parameters = nil
	for _, p := range net.Parameters {
		length := b.rows[p.Name]
		for _, suffix := range opt.Slots() {
			b.rows[p.Name+suffix] = length
		}
		switch {
		case p.Value.Len() <= bundled:
			small = append(small, p.Value)
		case length > 0:
			transposed := out.transpose(p.Value, length, names)
			out.Parameters = append(out.Parameters, transposed)
			b.hold(transposed.Name, []*graphs.Tensor{p.Value}, opt)
		default:
			out.Parameters = append(out.Parameters, p)
		}
	}
	if len(small) > 0 {
		net.byUse(small)
		joined := b.join(names.Fresh(smallParameters), small)
		out.Parameters = append(out.Parameters, Parameter{joined.Name, joined})
		out.cutOut(joined, small, names, b)
		b.hold(joined.Name, small, opt)
		if !slices.ContainsFunc(small, func(t *graphs.Tensor) bool { return !net.spared[t.Name] }) {
			out.spared = maps.Clone(net.spared)
			out.spared[joined.Name] = true
		}
	}
	if len(net.Buffers) > 0 {
		out.bundleStatistics(names, b)
	}
	out.strip = b.strip
	return &out, b
}

// bundleStatistics adds the bundle of running statistics, by kind.
func (net *Net) bundleStatistics(names *graphs.Names, b bundles) {
	net.Buffers = net.byKind()
	var values []*graphs.Tensor
	for _, s := range net.Buffers {
		values = append(values, s.Value)
	}
	net.statistics = b.join(names.Fresh(allStatistics), values)
	net.Model.Graph.Initializers = append(net.Model.Graph.Initializers, net.statistics)
	b.held[net.statistics.Name] = values
}

// hold takes note of what a bundle of parameters holds, and those of its slots.
func (b bundles) hold(name string, tensors []*graphs.Tensor, opt Optimizer) {
	b.held[name] = tensors
	for _, suffix := range opt.Slots() {
		b.held[name+suffix] = zeros(tensors, suffix)
	}
}

// isAlone reports whether a bundle is one transposed tensor, as a matrix.
func (b bundles) isAlone(name string) bool {
	members := b.held[name]
	return len(members) == 1 && members[0].Len() > bundled && b.rows[members[0].Name] > 0
}

// byUse orders tensors by what reads them: the gradients of a bundle are made
// alike in long runs then, which cuda.Hoist shortens.
func (net *Net) byUse(tensors []*graphs.Tensor) {
	uses := net.uses()
	key := func(t *graphs.Tensor) (op string, input int) {
		if len(uses[t.Name]) == 0 { // a bias left out
			return "", 0
		}
		return uses[t.Name][0].node.Op, uses[t.Name][0].input
	}
	slices.SortStableFunc(tensors, func(a, b *graphs.Tensor) int {
		opA, inputA := key(a)
		opB, inputB := key(b)
		return cmp.Or(cmp.Compare(opA, opB), cmp.Compare(inputA, inputB))
	})
}

// byKind returns the running means, then the running variances.
func (net *Net) byKind() []Buffer {
	sorted := slices.Clone(net.Buffers)
	slices.SortStableFunc(sorted, func(a, b Buffer) int {
		switch {
		case a.variance == b.variance:
			return 0
		case b.variance:
			return -1
		}
		return 1
	})
	return sorted
}

// join returns the elements of tensors in one strip.
func (b bundles) join(name string, tensors []*graphs.Tensor) *graphs.Tensor {
	var elements []float32
	for _, t := range tensors {
		if length := b.rows[t.Name]; length > 0 {
			elements = append(elements, transposedElements(t, length)...)
		} else {
			elements = append(elements, t.Float32s()...)
		}
	}
	return graphs.NewFloats(name, b.dims(int64(len(elements))), elements)
}

// zeros returns the slots of that suffix as they start.
func zeros(tensors []*graphs.Tensor, suffix string) []*graphs.Tensor {
	var out []*graphs.Tensor
	for _, t := range tensors {
		out = append(out, graphs.NewFloats(t.Name+suffix, t.Dims, make([]float32, t.Len())))
	}
	return out
}

// cutOut replaces initializers by what nodes cut out of the strip that holds
// them.
func (net *Net) cutOut(joined *graphs.Tensor, tensors []*graphs.Tensor, names *graphs.Names, b bundles) {
	g := net.Model.Graph
	g.Initializers = slices.DeleteFunc(g.Initializers, func(t *graphs.Tensor) bool {
		return slices.ContainsFunc(tensors, func(s *graphs.Tensor) bool { return s.Name == t.Name })
	})
	sizes := graphs.NewInts(names.Fresh("sizes"), []int64{int64(len(tensors))}, lengths(tensors))
	g.Initializers = append(g.Initializers, joined, sizes)
	split := &graphs.Node{Op: "Split", Inputs: []string{joined.Name, sizes.Name}, Attributes: []graphs.Attribute{b.along()}}
	nodes := []*graphs.Node{split}
	for _, t := range tensors {
		piece := names.Fresh(t.Name + ".piece")
		split.Outputs = append(split.Outputs, piece)
		if length := b.rows[t.Name]; length > 0 {
			transposed := names.Fresh(t.Name + ".transposed")
			matrix := graphs.NewInts(names.Fresh(t.Name+".matrix"), []int64{2}, []int64{length, -1})
			g.Initializers = append(g.Initializers, matrix)
			nodes = append(nodes, node("Reshape", transposed, piece, matrix.Name))
			piece = transposed
		}
		nodes = append(nodes, shaped(g, t, piece, b.rows[t.Name] > 0, names)...)
	}
	g.Nodes = append(nodes, g.Nodes...)
}

func lengths(tensors []*graphs.Tensor) []int64 {
	out := make([]int64, len(tensors))
	for i, t := range tensors {
		out[i] = int64(t.Len())
	}
	return out
}

// nextStatistics appends the bundle of running statistics after this batch:
// nextStatistic for all at once, weights and corrections being strips too.
func (d *derivation) nextStatistics() string {
	var observed, shifts []string
	var old, fresh []float32
	shifted := false
	for _, s := range d.net.Buffers {
		value, momentum := s.observed(d.Builder)
		weight := 1 - momentum
		if correction := s.correction(d.Builder); correction != "" {
			if c := d.Info(correction).Const; c != nil {
				weight *= c.At(0)
			} else {
				value = d.Mul(value, correction)
			}
		}
		n := s.Value.Len()
		observed = append(observed, d.ReshapeTo(value, d.net.strip.dims(int64(n))...))
		shift := d.net.sparedBias(s)
		shifted = shifted || shift != ""
		if shift == "" {
			shift = d.Const(graphs.NewFloats("", []int64{int64(n)}, make([]float32, n)))
		}
		shifts = append(shifts, d.ReshapeTo(shift, d.net.strip.dims(int64(n))...))
		old = append(old, slices.Repeat([]float32{float32(momentum)}, n)...)
		fresh = append(fresh, slices.Repeat([]float32{float32(weight)}, n)...)
	}
	dims := d.net.statistics.Dims
	values := d.Op("Concat", observed, d.net.strip.along())
	if shifted {
		values = d.Add(values, d.Op("Concat", shifts, d.net.strip.along()))
	}
	kept := d.Mul(d.net.statistics.Name, d.Const(graphs.NewFloats("", dims, old)))
	return d.Add(kept, d.Mul(values, d.Const(graphs.NewFloats("", dims, fresh))))
}
