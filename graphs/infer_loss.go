package graphs

import "fmt"

// loss infers NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: a scalar,
// or without reduction a number for each label; the latter also returns the
// log-probabilities, shaped like its input.
func loss(c *inferCall) ([]Info, error) {
	x, labels := c.input(0), c.input(1).Shape
	if x.Shape != nil && labels != nil {
		if len(x.Shape) < 2 || len(labels) != len(x.Shape)-1 {
			return nil, fmt.Errorf("scores %s and labels %s: [N, classes, …] and [N, …] are wanted", x.Shape, labels)
		}
		for i, d := range labels {
			j := i
			if i > 0 {
				j = i + 1
			}
			if _, err := unifyDims(d, x.Shape[j]); err != nil {
				return nil, fmt.Errorf("scores %s and labels %s: %w", x.Shape, labels, err)
			}
		}
	}
	out := Type{x.Elem, Shape{}}
	if c.node.Str("reduction", "mean") == "none" {
		out.Shape = labels
	}
	return []Info{{Type: out}, {Type: x.Type}}, nil
}
