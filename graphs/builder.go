package graphs

import (
	"fmt"
	"slices"
	"strings"
)

// Builder appends nodes to a model's main graph, inferring the type of every
// value as it goes. Its methods return the names of new values, so that
// expressions nest:
//
//	y := b.Add(b.MatMul(x, w), bias)
//
// The first failure sticks: later calls do nothing and Err returns it.
type Builder struct {
	model  *Model
	infos  Infos
	names  *Names
	consts map[string]string
	err    error
}

// NewBuilder returns a builder that appends to m, whose types it infers.
func NewBuilder(m *Model) (*Builder, error) {
	infos, err := Infer(m)
	if err != nil {
		return nil, err
	}
	return &Builder{model: m, infos: infos, names: NewNames(m.Graph), consts: map[string]string{}}, nil
}

// Model returns the model the builder appends to.
func (b *Builder) Model() *Model { return b.model }

// Err returns the first failure.
func (b *Builder) Err() error { return b.err }

// Failf records a failure unless there was one before.
func (b *Builder) Failf(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// Info returns what is known of a value.
func (b *Builder) Info(name string) Info { return b.infos[name] }

// Shape returns the shape of a value, nil when its rank is unknown.
func (b *Builder) Shape(name string) Shape { return b.infos[name].Shape }

// Elem returns the element type of a value.
func (b *Builder) Elem(name string) DType { return b.infos[name].Elem }

// Rank returns the rank of a value, and records a failure when it is unknown.
func (b *Builder) Rank(name string) int {
	s := b.Shape(name)
	if s == nil && b.err == nil {
		b.Failf("the rank of %q is not known: infer shapes or name its dimensions", name)
	}
	return len(s)
}

// Node appends a node with the given number of outputs and returns their
// names.
func (b *Builder) Node(op string, inputs []string, outputs int, attrs ...Attribute) []string {
	names := make([]string, outputs)
	for i := range names {
		names[i] = b.names.Fresh(strings.ToLower(op))
	}
	b.append(&Node{Op: op, Inputs: slices.Clone(inputs), Outputs: names, Attributes: attrs})
	return names
}

// Op appends a node with one output and returns its name.
func (b *Builder) Op(op string, inputs []string, attrs ...Attribute) string {
	return b.Node(op, inputs, 1, attrs...)[0]
}

// Named appends a node whose one output bears the given name, which must be
// free.
func (b *Builder) Named(name, op string, inputs []string, attrs ...Attribute) string {
	if b.names.Has(name) {
		b.Failf("the name %q is taken", name)
		return name
	}
	b.names.Add(name)
	b.append(&Node{Op: op, Inputs: slices.Clone(inputs), Outputs: []string{name}, Attributes: attrs})
	return name
}

func (b *Builder) append(n *Node) {
	if b.err != nil {
		return
	}
	if err := b.infos.add(n, b.model.Opset()); err != nil {
		b.err = err
		return
	}
	b.model.Graph.Nodes = append(b.model.Graph.Nodes, n)
}

// Append appends a node as it is, its output names included.
func (b *Builder) Append(n *Node) {
	for _, o := range n.Outputs {
		b.names.Add(o)
	}
	b.append(n)
}

// Reinfer infers the outputs of a node again after it was changed in place.
func (b *Builder) Reinfer(n *Node) {
	for _, o := range n.Outputs {
		b.names.Add(o)
	}
	if err := b.infos.add(n, b.model.Opset()); err != nil && b.err == nil {
		b.err = err
	}
}

// Fresh returns a name that no value or node bears yet, and takes it.
func (b *Builder) Fresh(base string) string { return b.names.Fresh(base) }

// Reserve takes names that nodes will bear which are appended later.
func (b *Builder) Reserve(names ...string) {
	for _, name := range names {
		b.names.Add(name)
	}
}

// Input appends a graph input, which must not be taken.
func (b *Builder) Input(name string, t Type) string {
	if b.names.Has(name) {
		b.Failf("the name %q is taken", name)
		return name
	}
	b.names.Add(name)
	b.model.Graph.Inputs = append(b.model.Graph.Inputs, &Value{Name: name, Type: t})
	b.infos[name] = Info{Type: t}
	return name
}

// Output makes a value a graph output.
func (b *Builder) Output(name string) {
	b.model.Graph.Outputs = append(b.model.Graph.Outputs, &Value{Name: name, Type: b.infos[name].Type})
}

// Initializer appends a named constant, whose name must not be taken.
func (b *Builder) Initializer(t *Tensor) string {
	if b.names.Has(t.Name) {
		b.Failf("the name %q is taken", t.Name)
		return t.Name
	}
	b.names.Add(t.Name)
	return b.addInitializer(t)
}

// Adopt appends a constant under a name that a dropped node gave back.
func (b *Builder) Adopt(t *Tensor) string { return b.addInitializer(t) }

func (b *Builder) addInitializer(t *Tensor) string {
	b.model.Graph.Initializers = append(b.model.Graph.Initializers, t)
	b.infos[t.Name] = constInfo(t)
	return t.Name
}

// Const returns an unnamed constant: one initializer stands for all equal
// ones.
func (b *Builder) Const(t *Tensor) string {
	key := fmt.Sprint(t.Type, t.Dims) + string(t.Data)
	name, ok := b.consts[key]
	if !ok {
		named := *t
		named.Name = b.names.Fresh("const")
		b.consts[key] = named.Name
		name = b.addInitializer(&named)
	}
	return name
}

// Scalar returns the rank-0 constant v of the given element type.
func (b *Builder) Scalar(t DType, v float64) string {
	return b.Const(NewTensor("", t, nil, []float64{v}))
}

// Like returns the rank-0 constant v of x's element type.
func (b *Builder) Like(x string, v float64) string {
	t := b.Elem(x)
	if t.Size() == 0 {
		b.Failf("the element type of %q is not known", x)
		return ""
	}
	return b.Scalar(t, v)
}

// Uniform returns a float32 constant of these sizes whose elements are all v.
func (b *Builder) Uniform(v float64, dims ...int64) string {
	size, _ := StaticShape(dims...).Elements()
	return b.Const(NewTensor("", Float32, dims, slices.Repeat([]float64{v}, int(size))))
}

// Ints returns a constant int64 vector.
func (b *Builder) Ints(v ...int64) string {
	return b.Const(NewInts("", []int64{int64(len(v))}, v))
}
