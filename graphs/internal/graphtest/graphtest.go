// Package graphtest makes random models for tests of what reads and rewrites
// graphs. All choices come from a list of bytes, so that a fuzzer steers them.
package graphtest

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// Choices are decisions yet to be made. When they run out, the first of the
// alternatives is taken.
type Choices []byte

// RandomChoices returns n choices that depend on the seed alone.
func RandomChoices(seed uint64, n int) Choices {
	r := rand.New(rand.NewPCG(seed, 0))
	c := make(Choices, n)
	for i := range c {
		c[i] = byte(r.Uint32())
	}
	return c
}

// Below chooses a number from 0 to n − 1; n is at most 256.
func (c *Choices) Below(n int) int {
	if len(*c) == 0 {
		return 0
	}
	v := int((*c)[0])
	*c = (*c)[1:]
	return v * n / 256
}

// Sample is a random model with values to feed it.
type Sample struct {
	Model *graphs.Model
	Feeds map[string]*eval.Value
	// Floats are the inputs and initializers of floating type.
	Floats []string
	// Values are all values of the graph, as computed from the feeds.
	Values map[string]*eval.Value
}

// batch is the size that the symbol N stands for.
const batch = 3

// Random builds a model of a few dozen operators on small tensors, all finite.
// The graph of a smooth one is differentiable everywhere.
func Random(c *Choices, smooth bool) *Sample {
	b, err := graphs.NewBuilder(graphs.NewModel("random", 20))
	if err != nil {
		panic("graphtest: empty model: " + err.Error())
	}
	g := &generator{c: c, b: b, s: &Sample{Model: b.Model(), Feeds: map[string]*eval.Value{}, Values: map[string]*eval.Value{}}}
	g.sources()
	kinds := smoothKinds
	if !smooth {
		kinds = slices.Concat(smoothKinds, otherKinds)
	}
	for range 4 + c.Below(28) {
		if n := kinds[c.Below(len(kinds))](g); n != nil {
			g.try(n)
		}
	}
	if !smooth {
		g.branches()
	}
	g.outputs(smooth)
	return g.s
}

// generator is a sample under construction.
type generator struct {
	c    *Choices
	b    *graphs.Builder
	s    *Sample
	pool []string // values by order of appearance
}

// sources adds inputs, with and without a symbolic batch, and initializers.
func (g *generator) sources() {
	shapes := [][]int{{batch, 4}, {batch, 4}, {4}, {4, 2}, {}, {1, 4}, {2, batch, 4}, {1}}
	for i := range 2 + g.c.Below(3) {
		shape := shapes[g.c.Below(len(shapes))]
		declared := staticShape(shape)
		if len(shape) > 1 && shape[0] == batch {
			declared[0] = [...]graphs.Dim{graphs.Symbolic("N"), graphs.Known(batch), graphs.UnknownDim}[g.c.Below(3)]
		}
		name := "x" + strconv.Itoa(i)
		g.b.Input(name, graphs.Type{Elem: graphs.Float32, Shape: declared})
		g.s.Feeds[name] = values(i, shape)
		g.source(name, g.s.Feeds[name])
	}
	for i := range 1 + g.c.Below(3) {
		shape := shapes[g.c.Below(len(shapes))]
		name := "w" + strconv.Itoa(i)
		v := eval.FromTensor(values(10+i, shape).Tensor(name))
		g.b.Initializer(v.Tensor(name))
		g.source(name, v)
	}
}

func (g *generator) source(name string, v *eval.Value) {
	g.s.Floats = append(g.s.Floats, name)
	g.s.Values[name] = v
	g.pool = append(g.pool, name)
}

// values returns irregular numbers between −1.5 and 1.5.
func values(salt int, shape []int) *eval.Value {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = 1.5 * math.Sin(float64(7*i+13*salt+3))
	}
	return eval.Floats(shape, v...)
}

func staticShape(shape []int) graphs.Shape {
	out := make(graphs.Shape, len(shape))
	for i, d := range shape {
		out[i] = graphs.Known(int64(d))
	}
	return out
}

// any chooses a value.
func (g *generator) any() string { return g.pool[g.c.Below(min(len(g.pool), 256))] }

// try appends a node if its operands fit and its results stay of moderate
// size.
func (g *generator) try(n *graphs.Node) {
	in := make([]*eval.Value, len(n.Inputs))
	for i, name := range n.Inputs {
		if name != "" {
			in[i] = g.s.Values[name]
		}
	}
	out, err := eval.Node(n, g.b.Model().Opset(), in)
	if err != nil {
		return
	}
	for _, v := range out {
		if len(v.F)+len(v.I) > 200 || slices.ContainsFunc(v.F, func(x float64) bool { return !(math.Abs(x) < 30) }) {
			return
		}
	}
	for i := range n.Outputs {
		n.Outputs[i] = g.b.Fresh("v")
		g.s.Values[n.Outputs[i]] = out[i]
		g.pool = append(g.pool, n.Outputs[i])
	}
	g.b.Append(n)
	if err := g.b.Err(); err != nil {
		panic("graphtest: inference refuses what can be computed: " + err.Error())
	}
}

// outputs makes some values outputs: inputs, initializers and values under
// several names among them. The last value always is one.
func (g *generator) outputs(smooth bool) {
	last := g.pool[len(g.pool)-1]
	g.b.Output(last)
	if smooth {
		return
	}
	for range 1 + g.c.Below(4) {
		if name := g.any(); g.b.Model().Graph.Output(name) == nil {
			g.b.Output(name)
		}
	}
	g.b.Output(g.b.Named("alias", "Identity", []string{last}))
	g.b.Output(g.b.Named("alias of the alias", "Identity", []string{"alias"}))
	for _, name := range []string{"alias", "alias of the alias"} {
		g.s.Values[name] = g.s.Values[last]
	}
}
