package eval

import (
	"fmt"
	"slices"
)

// softmaxCrossEntropyLoss is negativeLogLikelihoodLoss of the log-softmax of
// the scores, which it also returns.
func softmaxCrossEntropyLoss(c *call) ([]*Value, error) {
	scores := c.in[0]
	if len(scores.Shape) < 2 {
		return nil, fmt.Errorf("scores need a batch and a class axis")
	}
	logs := scores.mapLanes([]int{1}, logSoftmax)
	inner := *c
	inner.in = slices.Concat([]*Value{logs}, c.in[1:])
	out, err := negativeLogLikelihoodLoss(&inner)
	if err != nil {
		return nil, err
	}
	return append(out, logs), nil
}

// negativeLogLikelihoodLoss picks −x[n, target, …], weighted by class, and
// sums or averages as "reduction" says. A mean divides by the sum of weights;
// targets equal to ignore_index weigh nothing.
func negativeLogLikelihoodLoss(c *call) ([]*Value, error) {
	x, target := c.in[0], c.in[1]
	if len(x.Shape) < 2 || !slices.Equal(reducedShape(x.Shape, []int{1}, false), target.Shape) {
		return nil, fmt.Errorf("the target must have the shape of the input without its class axis")
	}
	classes := x.Shape[1]
	weights := slices.Repeat([]float64{1}, classes)
	if c.has(2) {
		if weights = c.in[2].F; len(weights) != classes {
			return nil, fmt.Errorf("%d weights for %d classes", len(weights), classes)
		}
	}
	ignore := c.node.Attr("ignore_index")
	losses, total := zeros(x.Type, target.Shape), 0.0
	outer, inner := lanes(x.Shape, []int{1})
	for i, class := range target.I {
		if ignore != nil && class == ignore.Int {
			continue
		}
		if class < 0 || class >= int64(classes) {
			return nil, fmt.Errorf("target %d is none of %d classes", class, classes)
		}
		losses.F[i] = -x.F[outer[i]+inner[class]] * weights[class]
		total += weights[class]
	}
	switch reduction := c.node.Str("reduction", "mean"); reduction {
	case "none":
		return one(losses)
	case "sum":
		total = 1
	case "mean":
	default:
		return nil, fmt.Errorf("reduction %q is not known", reduction)
	}
	return one(&Value{Type: x.Type, F: []float64{sum(losses.F) / total}})
}
