package graphs

import (
	"fmt"
	"testing"
)

// TestInferenceOfNothing calls every rule with up to six inputs of which
// nothing, or only part of the type, is known, and without attributes.
func TestInferenceOfNothing(t *testing.T) {
	known := []Type{
		{}, {Elem: Float32}, {Elem: Float32, Shape: Shape{}}, {Elem: Int64, Shape: Shape{UnknownDim}},
		{Elem: Float32, Shape: Shape{UnknownDim, Symbolic("N")}}, {Elem: Int64, Shape: StaticShape(0)},
		{Elem: Float32, Shape: StaticShape(2, 0, 1<<62)},
	}
	for op := range inference {
		for _, of := range known {
			for inputs := range 7 {
				for outputs := range 3 {
					n := &Node{Op: op, Outputs: make([]string, outputs)}
					infos := Infos{}
					for i := range inputs {
						n.Inputs = append(n.Inputs, fmt.Sprint("x", i))
						infos[n.Inputs[i]] = Info{Type: of}
					}
					for i := range outputs {
						n.Outputs[i] = fmt.Sprint("y", i)
					}
					_ = infos.add(n, 20) // an error is fine, a panic is not
				}
			}
		}
	}
}
