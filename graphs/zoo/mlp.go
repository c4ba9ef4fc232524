package zoo

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// mlp builds the originals' multilayer perceptron: depth linear layers, each
// followed by the norms and the activation that are asked for, and the
// classifier. The last layer before it has d outputs, d = K unless FixDim
// says otherwise, the others Width.
//
// Without activation the last layer has no norm either. Modules are numbered
// as in a torch.nn.Sequential: "layers.0.weight", …
func mlp(o Options) (*graphs.Model, error) {
	if o.Depth < 1 || o.Width < 1 {
		return nil, fmt.Errorf("depth and width must be at least 1, not %d and %d", o.Depth, o.Width)
	}
	d := o.FixDim
	if d == 0 {
		d = o.Classes
	}
	n, input, err := newNet("MLP", o)
	if err != nil {
		return nil, err
	}
	x := n.Op("Flatten", []string{input}, graphs.Int("axis", 1))
	in, modules := 3*32*32, 0
	for layer := 1; layer <= o.Depth; layer++ {
		last := layer == o.Depth
		out := o.Width
		if last {
			out = d
		}
		block, err := o.block(last)
		if err != nil {
			return nil, err
		}
		for i, kind := range block {
			output := ""
			if last && i == len(block)-1 {
				output = featuresOutput
			}
			x = n.module(output, x, kind, fmt.Sprintf("layers.%d", modules), in, out)
			modules++
		}
		in = out
	}
	return n.classifier(d, o)
}

// block lists the modules of one layer.
func (o Options) block(last bool) ([]string, error) {
	modules := []string{"Linear"}
	normed := !last || o.Activation != None
	if o.BatchNorm && normed {
		modules = append(modules, "BatchNorm")
	}
	if o.LayerNorm && normed {
		modules = append(modules, "LayerNorm")
	}
	switch o.Activation {
	case ReLU, "":
		modules = append(modules, "Relu")
	case Sigmoid:
		modules = append(modules, "Sigmoid")
	case None:
	default:
		return nil, fmt.Errorf("unknown activation %q: one of relu, sigmoid, none", o.Activation)
	}
	return modules, nil
}

// module appends one module of a layer.
func (n *net) module(output, x, kind, prefix string, in, out int) string {
	switch kind {
	case "Linear":
		return n.linear(output, x, prefix, in, out)
	case "BatchNorm":
		return n.batchNorm(output, x, prefix, out)
	case "LayerNorm":
		return n.layerNorm(output, x, prefix, out)
	}
	return n.op(output, kind, []string{x})
}
