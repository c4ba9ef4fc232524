package features

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
)

// TestEnginesAgree holds both engines to 1e-5 on trained MLPs like the demo's.
func TestEnginesAgree(t *testing.T) {
	orttest.Runtime(t)
	for width := 64; width <= 256; width *= 2 {
		for depth := 2; depth <= 4; depth++ {
			o := zoo.Options{Classes: 10, Width: width, Depth: depth, BatchNorm: true, Seed: uint64(width + depth)}
			t.Run(fmt.Sprintf("width %d depth %d", width, depth), func(t *testing.T) {
				c, err := CompareEngines(t.Context(), save(t, trained(t, o)), 3)
				if err != nil {
					t.Fatal(err)
				}
				if len(c.Outputs) != 2 || c.Outputs[0].Name != "features" || c.Outputs[1].Name != "logits" || c.Samples < 2 {
					t.Fatalf("compared %+v", c)
				}
				for _, o := range c.Outputs {
					if o.MaxAbsDiff > 1e-5 || o.MaxAbs == 0 {
						t.Errorf("%s differ by %g of %g", o.Name, o.MaxAbsDiff, o.MaxAbs)
					}
				}
			})
		}
	}
}

// TestCompareOtherModels covers the zoo's other MLPs.
func TestCompareOtherModels(t *testing.T) {
	orttest.Runtime(t)
	base := zoo.Options{Classes: 3, Width: 16, Depth: 2, Seed: 1}
	for name, change := range map[string]func(*zoo.Options){
		"plain":   func(*zoo.Options) {},
		"sigmoid": func(o *zoo.Options) { o.Activation, o.NoBias = zoo.Sigmoid, true },
		"linear":  func(o *zoo.Options) { o.Activation, o.BatchNorm = zoo.None, true },
		"etf":     func(o *zoo.Options) { o.ETF, o.FixDim = true, 8 },
	} {
		t.Run(name, func(t *testing.T) {
			o := base
			change(&o)
			c, err := CompareEngines(t.Context(), save(t, trained(t, o)), 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range c.Outputs {
				if o.MaxAbsDiff > 1e-5 {
					t.Errorf("%s differ by %g", o.Name, o.MaxAbsDiff)
				}
			}
		})
	}
}

func TestCompareUnsupported(t *testing.T) {
	orttest.Runtime(t)
	layerNorm := trained(t, zoo.Options{Classes: 3, Width: 16, Depth: 2, LayerNorm: true})
	resnet, err := graphs.Decode(golden.Bytes(t, "grad/tiny_resnet/model.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*graphs.Model{"LayerNorm": layerNorm, "training form": resnet} {
		_, err := CompareEngines(t.Context(), save(t, m), 1)
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || unsupported.Node == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDifference(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ a, b, want float64 }{
		{1, 3, 2}, {nan, nan, 0}, {nan, 1, inf}, {1, nan, inf}, {inf, inf, 0}, {inf, -inf, inf}, {inf, 1, inf}, {0, math.Copysign(0, -1), 0},
	} {
		if got := difference(c.a, c.b); got != c.want {
			t.Errorf("%g and %g: %g, want %g", c.a, c.b, got, c.want)
		}
	}
}
