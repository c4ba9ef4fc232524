package upgrade

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// change is what an operator set changed about an operator: apply brings a
// node of the set before into the form of that one, in place, adding nodes
// where one is not enough.
type change struct {
	since int64
	apply func(u *upgrader, n *graphs.Node) error
}

// changes lists, for every operator that a set from 10 to 18 gave another form
// or meaning, its changes in order. Sets that only allow more (types,
// negative axes, options whose default is the old meaning) are not listed.
var changes = map[string][]change{
	"BatchNormalization": {{14, batchNormalization14}},
	"Clip":               {{11, clip11}},
	"Dropout":            {{10, dropout10}, {12, dropout12}},
	"Hardmax":            {{13, softmax13}},
	"LogSoftmax":         {{13, softmax13}},
	"Pad":                {{11, pad11}},
	"ReduceL1":           {{18, axesInput}},
	"ReduceL2":           {{18, axesInput}},
	"ReduceLogSum":       {{18, axesInput}},
	"ReduceLogSumExp":    {{18, axesInput}},
	"ReduceMax":          {{18, axesInput}},
	"ReduceMean":         {{18, axesInput}},
	"ReduceMin":          {{18, axesInput}},
	"ReduceProd":         {{18, axesInput}},
	"ReduceSum":          {{13, axesInput}},
	"ReduceSumSquare":    {{18, axesInput}},
	"Resize":             {{11, resize11}, {13, resize13}},
	"RoiAlign":           {{16, roiAlign16}},
	"Scatter":            {{11, scatter11}},
	"Slice":              {{10, slice10}},
	"Softmax":            {{13, softmax13}},
	"Split":              {{13, split13}, {18, split18}},
	"Squeeze":            {{13, axesInput}},
	"TopK":               {{10, topK10}},
	"Unsqueeze":          {{13, axesInput}},
	"Upsample":           {{10, upsample10}},
}

// intsInput makes an attribute with a list of integers input i.
func (u *upgrader) intsInput(n *graphs.Node, attr string, i int) {
	if v := n.Ints(attr); len(v) > 0 {
		setInput(n, i, u.b.Ints(v...))
	}
	n.DropAttr(attr)
}

// setInput sets input i, leaving out those before it that are not there.
func setInput(n *graphs.Node, i int, name string) {
	for len(n.Inputs) <= i {
		n.Inputs = append(n.Inputs, "")
	}
	n.Inputs[i] = name
}

// axesInput: the axes became an input.
func axesInput(u *upgrader, n *graphs.Node) error {
	u.intsInput(n, "axes", 1)
	return nil
}

// pad11: padding and value became inputs, the value of the data's type.
func pad11(u *upgrader, n *graphs.Node) error {
	value := float64(n.Float("value", 0))
	n.DropAttr("value")
	pads := n.Ints("pads")
	if pads == nil {
		return fmt.Errorf("it has no attribute \"pads\"")
	}
	n.DropAttr("pads")
	setInput(n, 1, u.b.Ints(pads...))
	if value != 0 {
		setInput(n, 2, u.b.Like(n.Input(0), value))
	}
	return u.b.Err()
}

// slice10: the bounds became inputs.
func slice10(u *upgrader, n *graphs.Node) error {
	if n.Ints("starts") == nil || n.Ints("ends") == nil {
		return fmt.Errorf("it has no attributes \"starts\" and \"ends\"")
	}
	setInput(n, 1, u.b.Ints(n.Ints("starts")...))
	setInput(n, 2, u.b.Ints(n.Ints("ends")...))
	n.DropAttr("starts")
	n.DropAttr("ends")
	u.intsInput(n, "axes", 3)
	return nil
}

// split13: the sizes became an input.
func split13(u *upgrader, n *graphs.Node) error {
	u.intsInput(n, "split", 1)
	return nil
}

// split18: without sizes the number of parts is an attribute.
func split18(_ *upgrader, n *graphs.Node) error {
	if n.Input(1) == "" {
		n.SetAttr(graphs.Int("num_outputs", int64(len(n.Outputs))))
	}
	return nil
}

// topK10: k became an input.
func topK10(u *upgrader, n *graphs.Node) error {
	k := n.Attr("k")
	if k == nil {
		return fmt.Errorf("it has no attribute \"k\"")
	}
	setInput(n, 1, u.b.Ints(k.Int))
	n.DropAttr("k")
	return nil
}

// scatter11: the operator was renamed.
func scatter11(_ *upgrader, n *graphs.Node) error {
	n.Op = "ScatterElements"
	return nil
}

// roiAlign16: coordinates became those of pixels' centres by default.
func roiAlign16(_ *upgrader, n *graphs.Node) error {
	n.SetAttr(graphs.Str("coordinate_transformation_mode", "output_half_pixel"))
	return nil
}
