package zoo

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// residual describes a residual network.
type residual struct {
	blocks     [4]int // of each stage
	bottleneck bool
	// groups and groupWidth are those of a bottleneck's 3×3 convolution; 0 are
	// ResNet's own, 1 and 64.
	groups, groupWidth int
	// adapted is NC's variant for small images: stages of width, 2·width,
	// 4·width and 8·width channels, PyTorch's default initialisation and other
	// names.
	adapted bool
}

// resnets are torchvision's residual networks (He et al., CVPR 2016; Xie et
// al., CVPR 2017; Zagoruyko and Komodakis, BMVC 2016) and NC's.
var resnets = map[string]residual{
	"resnet18":         {blocks: [4]int{2, 2, 2, 2}},
	"resnet34":         {blocks: [4]int{3, 4, 6, 3}},
	"resnet50":         {blocks: [4]int{3, 4, 6, 3}, bottleneck: true},
	"resnet101":        {blocks: [4]int{3, 4, 23, 3}, bottleneck: true},
	"resnet152":        {blocks: [4]int{3, 8, 36, 3}, bottleneck: true},
	"resnext50_32x4d":  {blocks: [4]int{3, 4, 6, 3}, bottleneck: true, groups: 32, groupWidth: 4},
	"resnext101_32x8d": {blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, groupWidth: 8},
	"wide_resnet50_2":  {blocks: [4]int{3, 4, 6, 3}, bottleneck: true, groupWidth: 128},
	"wide_resnet101_2": {blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groupWidth: 128},
	"ResNet10":         {blocks: [4]int{1, 1, 1, 1}, adapted: true},
	"ResNet18_adapt":   {blocks: [4]int{2, 2, 2, 2}, adapted: true},
}

// expansion is the ratio of a block's output channels to its width.
func (r residual) expansion() int {
	if r.bottleneck {
		return 4
	}
	return 1
}

// build builds the network. FixDim is the number of output channels of the
// last block, whose shortcut is then a 1×1 convolution.
func (r residual) build(name string, o Options) (*graphs.Model, error) {
	base := 64
	if r.adapted {
		if base = o.Width; base < 1 {
			return nil, fmt.Errorf("width must be at least 1, not %d", base)
		}
	}
	n, input, err := newNet(name, o)
	if err != nil {
		return nil, err
	}
	x := r.stem(n, input, base, o.SOTA)
	in := base
	for stage, count := range r.blocks {
		for i := range count {
			b := block{residual: r, net: n, in: in, width: base << stage, stride: 1,
				prefix: fmt.Sprintf("layer%d.%d", stage+1, i)}
			if i == 0 && stage > 0 {
				b.stride = 2
			}
			b.out = b.width * r.expansion()
			if stage == len(r.blocks)-1 && i == count-1 && o.FixDim > 0 {
				b.out, b.project = o.FixDim, true
			}
			x, in = b.append(x), b.out
		}
	}
	n.pooledFeatures(x)
	return n.classifier(in, o)
}

// stem appends the layers before the first block: for small images one 3×3
// convolution, otherwise a 7×7 one of stride 2 and a pooling.
func (r residual) stem(n *net, x string, channels int, small bool) string {
	c := conv{in: 3, out: channels, kernel: 7, stride: 2, pad: 3, uniform: r.adapted}
	small = small || r.adapted
	if small {
		c.kernel, c.stride, c.pad = 3, 1, 1
	}
	x = n.convolution(x, "conv1", c)
	x = n.Op("Relu", []string{n.batchNorm("", x, "bn1", channels)})
	if small {
		return x
	}
	return n.maxPool(x, 3, 2, 1)
}

// block is one residual block, relu(f(x) + shortcut(x)).
type block struct {
	residual
	*net
	prefix         string
	in, width, out int
	stride         int
	project        bool // the shortcut is a convolution in any case
}

func (b block) append(x string) string {
	var y string
	if b.bottleneck {
		width := b.width
		if b.groupWidth > 0 {
			width = b.width * b.groupWidth / 64 * max(b.groups, 1)
		}
		y = b.layer(x, 1, conv{in: b.in, out: width, kernel: 1, stride: 1}, true)
		y = b.layer(y, 2, conv{in: width, out: width, kernel: 3, stride: b.stride, pad: 1, groups: b.groups}, true)
		y = b.layer(y, 3, conv{in: width, out: b.out, kernel: 1, stride: 1}, false)
	} else {
		y = b.layer(x, 1, conv{in: b.in, out: b.width, kernel: 3, stride: b.stride, pad: 1}, true)
		y = b.layer(y, 2, conv{in: b.width, out: b.out, kernel: 3, stride: 1, pad: 1}, false)
	}
	return b.Op("Relu", []string{b.Add(y, b.shortcut(x))})
}

// layer appends convolution and norm number i of the block, and an activation.
func (b block) layer(x string, i int, c conv, activate bool) string {
	c.uniform = b.adapted
	x = b.convolution(x, fmt.Sprintf("%s.conv%d", b.prefix, i), c)
	x = b.batchNorm("", x, fmt.Sprintf("%s.bn%d", b.prefix, i), c.out)
	if activate {
		x = b.Op("Relu", []string{x})
	}
	return x
}

// shortcut is x, or x projected where the block changes its shape.
func (b block) shortcut(x string) string {
	if b.stride == 1 && b.in == b.out && !b.project {
		return x
	}
	prefix := b.prefix + ".downsample"
	if b.adapted {
		prefix = b.prefix + ".shortcut"
	}
	c := conv{in: b.in, out: b.out, kernel: 1, stride: b.stride, uniform: b.adapted}
	return b.batchNorm("", b.convolution(x, prefix+".0", c), prefix+".1", b.out)
}
