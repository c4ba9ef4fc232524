package eval

import (
	"fmt"
	"math"
)

func relu(x float64) float64     { return max(x, 0) }
func sigmoid(x float64) float64  { return 1 / (1 + math.Exp(-x)) }
func softsign(x float64) float64 { return x / (1 + math.Abs(x)) }

// softplus is log(1 + eˣ) without overflow.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func mish(x float64) float64 { return x * math.Tanh(softplus(x)) }

func hardSwish(x float64) float64 { return x * min(max(x/6+0.5, 0), 1) }

// parametric applies a function whose parameters are attributes.
func parametric(f func(c *call) func(x float64) float64) kernel {
	return func(c *call) ([]*Value, error) { return one(c.in[0].mapFloats(f(c))) }
}

func leakyRelu(c *call) func(x float64) float64 {
	alpha := c.float("alpha", 0.01)
	return func(x float64) float64 {
		if x < 0 {
			return alpha * x
		}
		return x
	}
}

func elu(c *call) func(x float64) float64 {
	alpha := c.float("alpha", 1)
	return func(x float64) float64 {
		if x < 0 {
			return alpha * math.Expm1(x)
		}
		return x
	}
}

func celu(c *call) func(x float64) float64 {
	alpha := c.float("alpha", 1)
	return func(x float64) float64 { return max(0, x) + min(0, alpha*math.Expm1(x/alpha)) }
}

func selu(c *call) func(x float64) float64 {
	alpha, gamma := c.float("alpha", 1.67326319217681884765625), c.float("gamma", 1.05070102214813232421875)
	return func(x float64) float64 {
		if x <= 0 {
			return gamma * alpha * math.Expm1(x)
		}
		return gamma * x
	}
}

func thresholdedRelu(c *call) func(x float64) float64 {
	alpha := c.float("alpha", 1)
	return func(x float64) float64 {
		if x > alpha {
			return x
		}
		return 0
	}
}

func hardSigmoid(c *call) func(x float64) float64 {
	alpha, beta := c.float("alpha", 0.2), c.float("beta", 0.5)
	return func(x float64) float64 { return max(0, min(1, alpha*x+beta)) }
}

func swish(c *call) func(x float64) float64 {
	alpha := c.float("alpha", 1)
	return func(x float64) float64 { return x * sigmoid(alpha*x) }
}

func shrink(c *call) func(x float64) float64 {
	lambda, bias := c.float("lambd", 0.5), c.float("bias", 0)
	return func(x float64) float64 {
		switch {
		case x < -lambda:
			return x + bias
		case x > lambda:
			return x - bias
		}
		return 0
	}
}

// gelu is x·Φ(x), exactly or with the tanh approximation of Φ.
func gelu(c *call) ([]*Value, error) {
	switch approximate := c.node.Str("approximate", "none"); approximate {
	case "none":
		return unary(func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) })(c)
	case "tanh":
		return unary(func(x float64) float64 {
			return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		})(c)
	default:
		return nil, fmt.Errorf("approximate = %q is neither none nor tanh", approximate)
	}
}

// prelu is slope·x for negative x; the slope broadcasts to x.
func prelu(c *call) ([]*Value, error) {
	x := c.in[0]
	slope, err := c.in[1].expandTo(x.Shape)
	if err != nil {
		return nil, err
	}
	return one(x.combine(slope,
		func(x, s float64) float64 {
			if x < 0 {
				return s * x
			}
			return x
		},
		func(x, s int64) int64 {
			if x < 0 {
				return s * x
			}
			return x
		}))
}
