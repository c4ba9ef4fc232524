package autodiff

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// TestMalformedNodes damages the node of every row in many ways: its gradient
// may be refused, but must neither panic nor take long.
func TestMalformedNodes(t *testing.T) {
	derived, refusals := 0, 0
	for _, op := range slices.Sorted(maps.Keys(allCases)) {
		for i, c := range allCases[op] {
			for seed := range uint64(24) {
				r := rand.New(rand.NewPCG(uint64(i), seed))
				n := c.damaged(op, r)
				if err := deriveDamaged(t, c, n, forms[r.IntN(len(forms))]); err != nil {
					refusals++
				} else {
					derived++
				}
			}
		}
	}
	if derived < 1000 || refusals < 1000 {
		t.Errorf("%d nodes were differentiated, %d refused", derived, refusals)
	}
}

// damaged returns the node of a case with one or two faults.
func (c testCase) damaged(op string, r *rand.Rand) *graphs.Node {
	n := &graphs.Node{Op: op}
	for i, o := range c.in {
		n.Inputs = append(n.Inputs, inputName(i, o))
	}
	for i := range max(c.outputs, 1) {
		n.Outputs = append(n.Outputs, fmt.Sprintf("y%d", i))
	}
	n.Attributes = slices.Clone(c.attrs)
	for range 1 + r.IntN(2) {
		damage(n, r)
	}
	return n
}

func inputName(i int, o operand) string {
	switch {
	case o.same > 0:
		return fmt.Sprintf("x%d", o.same-1)
	case o == left:
		return ""
	}
	return fmt.Sprintf("x%d", i)
}

func damage(n *graphs.Node, r *rand.Rand) {
	if len(n.Attributes) > 0 && r.IntN(2) == 0 {
		i := r.IntN(len(n.Attributes))
		n.Attributes[i] = damagedAttribute(n.Attributes[i], r)
		return
	}
	i := r.IntN(len(n.Inputs) + 1)
	switch r.IntN(5) {
	case 0:
		n.Inputs = n.Inputs[:i]
	case 1:
		n.Inputs = slices.Insert(n.Inputs, i, "x0")
	case 2:
		n.Inputs = slices.Insert(n.Inputs, i, "")
	case 3:
		n.Outputs = append(n.Outputs, "", "more")
	default:
		for _, name := range []string{"axis", "p", "size", "group", "batch_dims", "num_groups", "blocksize"} {
			if n.Attr(name) == nil && r.IntN(3) == 0 {
				n.Attributes = append(n.Attributes, graphs.Int(name, oddNumber(r)))
			}
		}
	}
}

func damagedAttribute(a graphs.Attribute, r *rand.Rand) graphs.Attribute {
	switch a.Type {
	case graphs.AttrInts:
		a.Ints = slices.Clone(a.Ints)
		switch i := r.IntN(len(a.Ints) + 1); {
		case r.IntN(3) == 0:
			a.Ints = a.Ints[:i]
		case i < len(a.Ints):
			a.Ints[i] = oddNumber(r)
		default:
			a.Ints = append(a.Ints, oddNumber(r))
		}
		return a
	case graphs.AttrString:
		odd := []string{"", "x", "...", "i,j->k", "iij...,...->", "->", ",", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZa,b->a", "ä,i", a.Str + a.Str}
		return graphs.Str(a.Name, odd[r.IntN(len(odd))])
	}
	return graphs.Int(a.Name, oddNumber(r))
}

func oddNumber(r *rand.Rand) int64 {
	odd := []int64{-1, 0, 1, 2, 3, 5, -2, -5, 100, math.MinInt64, math.MaxInt64, 1 << 31}
	return odd[r.IntN(len(odd))]
}

// deriveDamaged builds the loss of a damaged node and differentiates it.
func deriveDamaged(t *testing.T, c testCase, n *graphs.Node, f form) error {
	text := fmt.Sprintf("%s%v of %v in form %s", n.Op, n.Attributes, n.Inputs, f.name)
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: panic %v\n%s", text, p, debug.Stack())
		}
	}()
	b, err := graphs.NewBuilder(graphs.NewModel("damaged", c.version()))
	if err != nil {
		t.Fatal(err)
	}
	p := &problem{Builder: b}
	for i, o := range c.in {
		p.declare(fmt.Sprintf("x%d", i), o, f)
	}
	b.Append(n)
	p.loss = b.ReduceSum(b.ReshapeTo(b.Cast(n.Outputs[0], f.elem), -1), false, 0)
	if err := b.Err(); err != nil {
		return err
	}
	_, err = Gradients(b, p.loss, p.wrt)
	return err
}

// declare adds an operand without its value.
func (p *problem) declare(name string, o operand, f form) {
	switch {
	case o.tensor != nil:
		t := *o.tensor
		t.Name = name
		p.Initializer(&t)
	case o.value != nil:
		p.Input(name, graphs.Type{Elem: o.value.Type, Shape: f.shape(o.value.Shape)})
		p.wrt = append(p.wrt, name)
	}
}
