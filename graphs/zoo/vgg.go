package zoo

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// vggs are the stacks of the originals' VGGs (Simonyan and Zisserman, ICLR
// 2015): channels of each 3×3 convolution, 0 for a pooling.
var vggs = map[string][]int{
	"vgg11": {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0},
	"vgg13": {64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0},
	"vgg16": {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0},
	"vgg19": {64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0},
}

// vgg builds a VGG whose head is the originals': one linear layer on the
// channels' means. FixDim is the number of channels of the last convolution.
func vgg(name string, stack []int, norm bool, o Options) (*graphs.Model, error) {
	n, x, err := newNet(name, o)
	if err != nil {
		return nil, err
	}
	n.smallHead = true
	modules := 0
	prefix := func() string {
		modules++
		return fmt.Sprintf("features.%d", modules-1)
	}
	in := 3
	for i, out := range stack {
		if out == 0 {
			prefix()
			x = n.maxPool(x, 2, 2, 0)
			continue
		}
		if last := len(stack) - 2; i == last && o.FixDim > 0 {
			out = o.FixDim
		}
		x = n.convolution(x, prefix(), conv{in: in, out: out, kernel: 3, stride: 1, pad: 1, bias: true})
		if norm {
			x = n.batchNorm("", x, prefix(), out)
		}
		prefix()
		x = n.Op("Relu", []string{x})
		in = out
	}
	n.pooledFeatures(x)
	return n.classifier(in, o)
}
