package autodiff

import (
	"math"
	"math/rand/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// operand is an input of a test case.
type operand struct {
	value  *eval.Value    // fed
	tensor *graphs.Tensor // an initializer
	same   int            // 1 + index of the operand whose value is used again
	shaped bool           // its shape is known in every form
	single bool           // it is float in every form
}

// left is an optional input left out.
var left operand

// of draws an operand of the given shape whose elements keep away from 0,
// where many operators have a kink.
func of(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 {
		return math.Copysign(0.2+1.3*r.Float64(), r.Float64()-0.5)
	})
}

// positive draws an operand of positive elements.
func positive(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 { return 0.3 + 1.5*r.Float64() })
}

// drawn counts the operands, so that each gets elements of its own.
var drawn uint64

func draw(shape []int, sample func(*rand.Rand) float64) operand {
	drawn++
	r := rand.New(rand.NewPCG(drawn, 1))
	elements := make([]float64, sizeOf(shape))
	for i := range elements {
		elements[i] = sample(r)
	}
	return operand{value: eval.Floats(shape, elements...)}
}

func sizeOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// truths is an operand of truth values that alternate.
func truths(shape ...int) operand {
	v := &eval.Value{Type: graphs.Bool, Shape: shape, I: make([]int64, sizeOf(shape))}
	for i := range v.I {
		v.I[i] = int64(i*2/3) % 2
	}
	return operand{value: v}
}

// ints is a constant vector.
func ints(v ...int64) operand {
	return operand{tensor: graphs.NewInts("", []int64{int64(len(v))}, v)}
}

// number is a constant scalar.
func number(v float64) operand {
	return operand{tensor: graphs.NewTensor("", graphs.Float32, nil, []float64{v})}
}

// again is the value of operand i once more.
func again(i int) operand { return operand{same: i + 1} }

// index is a constant int64 tensor.
func index(dims []int64, v ...int64) operand { return operand{tensor: graphs.NewInts("", dims, v)} }

// fed is an int64 tensor known only at run time.
func fed(shape []int, v ...int64) operand { return operand{value: eval.Ints(shape, v...)} }

// constant is a constant float tensor.
func constant(dims []int64, v ...float64) operand {
	return operand{tensor: graphs.NewTensor("", graphs.Float32, dims, v)}
}

// wide draws a vector of numbers from about −5 to 5 that keeps away from
// multiples of a half, where piecewise functions have their kinks.
func wide(n int) operand {
	return draw([]int{n}, func(r *rand.Rand) float64 { return math.Floor(20*r.Float64()-10)/2 + 0.05 + 0.4*r.Float64() })
}

// fraction draws an operand of elements between −0.8 and 0.8.
func fraction(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 { return 1.6*r.Float64() - 0.8 })
}

// aboveOne draws an operand of elements between 1.2 and 3.
func aboveOne(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 { return 1.2 + 1.8*r.Float64() })
}

// shaped draws an operand whose shape is known, as that of weights is.
func shaped(shape ...int) operand {
	o := of(shape...)
	o.shaped = true
	return o
}

// truth is a constant truth value.
func truth(v float64) operand {
	return operand{tensor: graphs.NewTensor("", graphs.Bool, nil, []float64{v})}
}

// double is a constant of type double.
func double() operand {
	return operand{tensor: graphs.NewTensor("", graphs.Float64, nil, []float64{1})}
}

// scales is the factors of a Resize, which are float whatever is resized.
func scales(v ...float64) operand {
	o := constant([]int64{int64(len(v))}, v...)
	o.single = true
	return o
}

// scalesAtRunTime is scales that are fed.
func scalesAtRunTime(v ...float64) operand {
	return operand{value: eval.Floats([]int{len(v)}, v...), single: true}
}
