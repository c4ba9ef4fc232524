package theory_test

import (
	"fmt"
	"log"

	"github.com/memdil/memdil/theory"
)

// What weight decay makes of two classes: under cross entropy they lie 1.6
// times as far apart as under label smoothing.
func ExampleLayerPeeled() {
	for _, loss := range []theory.Loss{{}, {Kind: theory.LabelSmoothing, Alpha: 0.1}} {
		p := theory.LayerPeeled{Classes: 2, Dim: 2, PerClass: 5, Loss: loss, LambdaW: 5e-4, LambdaH: 5e-4}
		frame, err := p.Frame()
		if err != nil {
			log.Fatal(err)
		}
		found, err := p.Solve()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v: class means %.3f apart, objective %.6f in closed form and %.6f by search\n", loss, frame.Distance(), frame.Value, found.Value)
	}
	// Output:
	// CrossEntropy: class means 3.899 apart, objective 0.004300 in closed form and 0.004300 by search
	// LS 0.1: class means 2.422 apart, objective 0.199985 in closed form and 0.199985 by search
}

// Label noise of degree 0.2 over two classes corrupts a tenth of the labels.
func ExampleMemorizationDilation() {
	coupling := theory.Coupling{Base: 0.1, Test: 2, Train: 1}
	for _, loss := range []theory.Loss{{}, {Kind: theory.LabelSmoothing, Alpha: 0.1}} {
		p, err := theory.MemorizationDilation{
			Loss: loss, Corrupted: 0.1, Coupling: coupling, LambdaW: 5e-4, LambdaB: 5e-4, LambdaH: 5e-4,
		}.Solve()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v: memorization %.3f, %.3f relative; dilation %.2f, %.2f relative\n", loss, p.Memorization, p.RelativeMemorization, p.Dilation, p.RelativeDilation)
	}
	// Output:
	// CrossEntropy: memorization 0.352, 0.129 relative; dilation 1.96, 0.36 relative
	// LS 0.1: memorization 0.200, 0.160 relative; dilation 0.46, 0.42 relative
}

func ExampleFitCoupling() {
	fit, err := theory.FitCoupling([]theory.Measured{
		{Memorization: 0, Dilation: 0.01},
		{Memorization: 0.08, Dilation: 0.2, TrainDilation: 0.1},
		{Memorization: 0.16, Dilation: 0.3, TrainDilation: 0.15},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R = %.2f + %.2f p m/S, r′² = %.2f S p m\n", fit.Base, fit.Test, fit.Train)
	// Output: R = 0.03 + 1.81 p m/S, r′² = 1.00 S p m
}
