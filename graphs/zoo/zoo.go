package zoo

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// Options are the settings of a model. Zero values mean what each field says.
type Options struct {
	// Classes is K, at least 2.
	Classes int
	// Width is that of an MLP's layers or of an adapted ResNet's first stage;
	// Depth is an MLP's.
	Width, Depth int
	// Activation follows each layer of an MLP; "" is ReLU.
	Activation Activation
	// BatchNorm and LayerNorm follow each linear layer of an MLP.
	BatchNorm, LayerNorm bool
	// NoBias leaves out the classifier's bias.
	NoBias bool
	// FixDim is the number of features d; 0 is the model's own choice.
	FixDim int
	// SOTA gives a ResNet a stem for small images: a 3×3 convolution of stride
	// 1, no pooling.
	SOTA bool
	// ETF makes the classifier a fixed simplex equiangular tight frame.
	ETF bool
	// Seed determines the initial weights.
	Seed uint64
	// Limit is how many bytes the weights may take; 0 for any number.
	Limit int64
}

// ErrLimit is the error of models whose weights take more than Options.Limit.
var ErrLimit = errors.New("the weights take more memory than there is room for")

// Activation is the nonlinearity of an MLP.
type Activation string

// The activations.
const (
	ReLU    Activation = "relu"
	Sigmoid Activation = "sigmoid"
	// None leaves out every activation, and the norms after the last layer.
	None Activation = "none"
)

// builders maps a model's name to what builds it.
var builders = allBuilders()

func allBuilders() map[string]func(Options) (*graphs.Model, error) {
	all := map[string]func(Options) (*graphs.Model, error){"MLP": mlp}
	for name, r := range resnets {
		all[name] = func(o Options) (*graphs.Model, error) { return r.build(name, o) }
	}
	for name, stack := range vggs {
		all[name] = func(o Options) (*graphs.Model, error) { return vgg(name, stack, false, o) }
		all[name+"_bn"] = func(o Options) (*graphs.Model, error) { return vgg(name+"_bn", stack, true, o) }
	}
	return all
}

// Names returns the names of the models, sorted.
func Names() []string { return slices.Sorted(maps.Keys(builders)) }

// Lookup returns a model's name as memdil spells it, whatever its case.
func Lookup(name string) (string, error) {
	for known := range builders {
		if strings.EqualFold(known, name) {
			return known, nil
		}
	}
	return "", fmt.Errorf("unknown model %q: one of %s", name, strings.Join(Names(), ", "))
}

// Build returns the model called name, in any case.
func Build(name string, o Options) (*graphs.Model, error) {
	known, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	if o.Classes < 2 {
		return nil, fmt.Errorf("a model needs at least 2 classes, not %d", o.Classes)
	}
	if o.FixDim < 0 {
		return nil, fmt.Errorf("fixdim must not be negative, not %d", o.FixDim)
	}
	m, err := builders[known](o)
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", known, err)
	}
	return m, nil
}

// FreeWidth reports whether the model called name has the width that
// [Options] gives.
func FreeWidth(name string) bool { return name == "MLP" || resnets[name].adapted }

// Frozen returns the names of the model's tensors that are never trained.
func Frozen(o Options) []string {
	if o.ETF {
		return []string{classifierWeight}
	}
	return nil
}
