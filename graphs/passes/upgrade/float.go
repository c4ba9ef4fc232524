package upgrade

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// clip11: the bounds became inputs of the data's type.
func clip11(u *upgrader, n *graphs.Node) error {
	for i, name := range []string{"min", "max"} {
		if a := n.Attr(name); a != nil {
			setInput(n, 1+i, u.b.Like(n.Input(0), float64(a.Float)))
			n.DropAttr(name)
		}
	}
	return u.b.Err()
}

// dropout10: the mask became a truth value.
func dropout10(u *upgrader, n *graphs.Node) error {
	mask := n.Output(1)
	if mask == "" {
		return nil
	}
	elem := u.b.Elem(n.Input(0))
	if elem == graphs.Undefined {
		return fmt.Errorf("the element type of its mask %q is not known", mask)
	}
	n.Outputs[1] = u.b.Fresh(mask)
	u.after = append(u.after, &graphs.Node{
		Op: "Cast", Inputs: []string{n.Outputs[1]}, Outputs: []string{mask},
		Attributes: []graphs.Attribute{graphs.Int("to", int64(elem))},
	})
	return nil
}

// dropout12: the ratio became an input. Without the input training_mode it
// still passes its input on.
func dropout12(u *upgrader, n *graphs.Node) error {
	if a := n.Attr("ratio"); a != nil {
		setInput(n, 1, u.b.Scalar(graphs.Float32, float64(a.Float)))
	}
	n.DropAttr("ratio")
	return nil
}

// batchNormalization14: what more outputs said, training, became an attribute,
// and the batch's own statistics are no outputs any more.
func batchNormalization14(u *upgrader, n *graphs.Node) error {
	if n.Int("spatial", 1) == 0 {
		return fmt.Errorf("it normalises every element by itself (spatial = 0), which no modern operator does")
	}
	n.DropAttr("spatial")
	training := false
	for i, o := range n.Outputs {
		training = training || i > 0 && o != ""
		if i > 2 && o != "" && u.read[o] {
			return fmt.Errorf("its output %q, a statistic of the batch, is in use, and modern forms do not have it", o)
		}
	}
	n.Outputs = n.Outputs[:min(3, len(n.Outputs))]
	if training {
		n.SetAttr(graphs.Int("training_mode", 1))
	}
	return nil
}

// softmax13: the input was flattened to a matrix at the axis, 1 by default;
// now one axis counts, the last by default.
func softmax13(u *upgrader, n *graphs.Node) error {
	x := n.Input(0)
	axis := n.Int("axis", 1)
	shape := u.b.Shape(x)
	rank := int64(len(shape))
	if axis == -1 || shape != nil && axis == rank-1 {
		n.SetAttr(graphs.Int("axis", -1))
		return nil
	}
	matrix := u.op("Flatten", []string{x}, graphs.Int("axis", axis))
	y := u.op(n.Op, []string{matrix}, graphs.Int("axis", 1))
	n.Op, n.Inputs, n.Attributes = "Reshape", []string{y, u.op("Shape", []string{x})}, nil
	return nil
}
