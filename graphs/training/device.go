package training

import (
	"cmp"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/graphs/passes/cuda"
	"github.com/memdil/memdil/graphs/passes/layout"
)

// DeviceOptions say for what a device graph is made.
type DeviceOptions struct {
	// Pixels is not nil when the data are bytes.
	Pixels *Pixels
	// Batch is the number of samples of every step, at least 1.
	Batch int
	// Full is the number of samples of a full batch, 0 for Batch. It decides which
	// convolutions are filtered, on which the State of a Recording depends: those of
	// the same Full have the same.
	Full int
	// AtOnce is how many steps the Loop takes at once: more hide what it costs
	// to wait for a GPU, and make the graph as many times larger. 0 is 1. A
	// Recording, which has no Loop, makes no use of it.
	AtOnce int
	// TF32 says that products will be rounded to TensorFloat-32: sums must not
	// be products then.
	TF32 bool
	// Rate is the learning rate of all steps where that is known; 0 where it is
	// not. Only Recording makes use of it.
	Rate float64
}

// largePlanes are the tensors whose BatchNormalization pays to have in fewer
// passes over memory: an H100 takes 356 µs forward and backward in place of 447
// for 128×64×32×32, 208 in place of 234 for 128×128×16×16. Smaller ones live in
// its cache, and small planes leave most of its threads idle.
var largePlanes = batchnorm.Large{Plane: 256, Tensor: 1 << 21}

// smallPlanes are the convolutions that pay to be products with unfolded planes,
// for cuDNN has no good kernels where places are few and channels many: an H100
// takes 374 µs for 128×512×4×4 with 512 kernels of 3×3, and 210 for the product.
// At 128×256×8×8 both take 240, but what stands between products is cheaper
// there: see layout.BatchLast. Unfolding takes a share that grows as outputs
// become fewer; what is unfolded, up to 80 MiB, is kept for the gradient by the
// weights.
var smallPlanes = unfolding{columns: 1024, outs: 256, elements: 20 << 20}

// unfolding says which convolutions are unfolded: those with at least so many
// columns, numbers for a place of the output, and so many channels of it, whose
// unfolded planes are at most so many elements.
type unfolding struct{ columns, outs, elements int64 }

// pays reports whether that is so for weights w and an output y, of the given
// batch where y does not say.
func (u unfolding) pays(w, y graphs.Shape, batch int64) bool {
	columns, _ := w[1:].Elements()
	places, countable := y[2:].Elements()
	if y[0].IsKnown() {
		batch = y[0].Size
	}
	return countable && columns >= u.columns && w[0].Size >= u.outs && float64(columns)*float64(places)*float64(batch) <= float64(u.elements)
}

// filterGain is how many times less minimal filtering must cost than a convolution:
// it needs more operators and memory, and rounds more.
var filterGain = 1.15

// multiplySums makes sums products where that is exact.
func (d DeviceOptions) multiplySums(m *graphs.Model) (*graphs.Model, error) {
	if d.TF32 {
		return m, nil
	}
	return cuda.MultiplySums(m)
}

// Device derives the graph of the device loop: that of Epoch for batches of
// one size, so that all shapes inside the Loop are constants, and with all
// carried values required. Its inputs and outputs have the names of Epoch's.
func (net *Net) Device(o Objective, opt Optimizer, d DeviceOptions) (*graphs.Model, error) {
	d.Rate = 0 // the graph has an input for it
	t, err := net.deviceTurn(o, opt, d)
	if err != nil {
		return nil, err
	}
	m, err := t.loop("device", d.Pixels)
	if err != nil {
		return nil, err
	}
	dropDefaults(m.Graph)
	return m, nil
}

// deviceTurn derives what the device loop repeats, in the form that suits a GPU.
func (net *Net) deviceTurn(o Objective, opt Optimizer, d DeviceOptions) (*turn, error) {
	unfolded := func(w, y graphs.Shape) bool { return smallPlanes.pays(w, y, int64(d.Batch)) }
	t, err := net.turn(o, opt, turnOptions{gradients: autodiff.Options{Unfold: true, Unfolded: unfolded}, rate: d.Rate, rewritten: d.filter})
	if err != nil {
		return nil, err
	}
	input := t.step.Graph.Inputs[0].Name
	// In this order, since Unfold makes what BatchLast holds, of whose rows
	// Standardise takes statistics; Planes looks for sums that SplitReductions
	// takes apart, which leaves short ones to MultiplySums; Affines joins what
	// Planes makes, Share what several passes make alike, Views the Reshapes
	// that they leave; and Hoist joins what NoTables then may have to cut.
	for _, pass := range []func(*graphs.Model) (*graphs.Model, error){
		func(m *graphs.Model) (*graphs.Model, error) { return layout.Columns(m, input) },
		func(m *graphs.Model) (*graphs.Model, error) { return passes.FixBatch(m, input, LabelInput, d.Batch) },
		func(m *graphs.Model) (*graphs.Model, error) { return layout.Unfold(m, unfolded) },
		layout.BatchLast, passes.Views, cuda.ScaleProducts, cuda.Accumulate, batchnorm.Standardise,
		func(m *graphs.Model) (*graphs.Model, error) { return batchnorm.Planes(m, largePlanes) },
		func(m *graphs.Model) (*graphs.Model, error) { return batchnorm.Affines(m, largePlanes) },
		cuda.Select, cuda.SplitReductions,
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Share(m, nil) },
		d.multiplySums, cuda.LargeFirst, passes.Views, cuda.Hoist, cuda.NoTables,
	} {
		if t.step, err = pass(t.step); err != nil {
			return nil, err
		}
	}
	t.atOnce = d.AtOnce
	return t, nil
}

// filter returns the net with convolutions as products of matrices where a GPU
// is faster at these. With TensorFloat-32 it is not, and products would round more.
func (d DeviceOptions) filter(net *Net) (*Net, error) {
	if d.TF32 {
		return net, nil
	}
	out := *net
	var err error
	out.Model, err = layout.Filter(net.Model, int64(cmp.Or(d.Full, d.Batch)), filterGain, map[string]bool{net.Logits: true, net.Features: true})
	return &out, err
}
