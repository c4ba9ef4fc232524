package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// Pixels says that the data of an epoch graph are bytes, which the graph
// normalises as (byte/255 − mean)/std, by channel.
type Pixels struct {
	Mean, Std []float64
	// Crop, when it is not 0, crops every image at random out of the image with
	// that many black pixels on each side, and mirrors it at random, before it
	// is normalised; see AugmentationInput. Only graphs for batches of one size
	// can.
	Crop int64
}

// Crops reports whether images are augmented; nil does not.
func (p *Pixels) Crops() bool { return p != nil && p.Crop > 0 }

// batch takes the samples' rows of the data as the model's input, augmented and
// normalised if they are bytes.
func (p *Pixels) batch(input *graphs.Value) ([]*graphs.Node, error) {
	rows := node("Gather", samples, OrderInput, turnNumber)
	if p == nil {
		return []*graphs.Node{rows, node("Gather", inside(input.Name), DataInput, samples)}, nil
	}
	scale, shift, err := p.affine(input.Type)
	if err != nil {
		return nil, err
	}
	const bytes, floats, scaled = turnPrefix + "pixels", turnPrefix + "pixels.float", turnPrefix + "pixels.scaled"
	cast := castNode(floats, bytes, input.Type.Elem)
	nodes, images := []*graphs.Node{rows, node("Gather", bytes, DataInput, samples), cast}, floats
	if p.Crops() {
		c, err := newCrop(input, p.Crop)
		if err != nil {
			return nil, err
		}
		images = turnPrefix + "pixels.cropped"
		nodes = append(nodes, c.images(floats, images)...)
	}
	factor, term := constantNode(turnPrefix+"pixels.scale", scale), constantNode(turnPrefix+"pixels.shift", shift)
	return append(nodes, factor, term,
		node("Mul", scaled, images, factor.Outputs[0]), node("Add", inside(input.Name), scaled, term.Outputs[0])), nil
}

// constantNode is a node that is a constant.
func constantNode(name string, t *graphs.Tensor) *graphs.Node {
	n := node("Constant", name)
	n.Attributes = []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: t}}
	return n
}

// affine spells (x/255 − mean)/std as x·scale + shift, both C×1×….
func (p *Pixels) affine(data graphs.Type) (scale, shift *graphs.Tensor, err error) {
	c := len(p.Mean)
	if len(p.Std) != c || len(data.Shape) < 2 || data.Shape[1] != graphs.Known(int64(c)) {
		return nil, nil, fmt.Errorf("%d means and %d standard deviations for data of shape %s: one a channel is wanted", c, len(p.Std), data.Shape)
	}
	dims := []int64{int64(c)}
	for range data.Shape[2:] {
		dims = append(dims, 1)
	}
	scales, shifts := make([]float64, c), make([]float64, c)
	for i := range c {
		if !(p.Std[i] > 0) {
			return nil, nil, fmt.Errorf("standard deviation %g is not positive", p.Std[i])
		}
		scales[i], shifts[i] = 1/(255*p.Std[i]), -p.Mean[i]/p.Std[i]
	}
	return graphs.NewTensor("", data.Elem, dims, scales), graphs.NewTensor("", data.Elem, dims, shifts), nil
}
