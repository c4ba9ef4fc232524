package passtest

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// Numbers are positive and negative, and some are 0.
func Numbers(shape ...int) *eval.Value {
	size := 1
	for _, d := range shape {
		size *= d
	}
	values := make([]float64, size)
	for i := range values {
		values[i] = float64(i%7-3) * math.Cos(float64(i))
	}
	return eval.Floats(shape, values...)
}

// Images are the input x, of different numbers up to 1.
func Images(shape ...int64) map[string]*eval.Value {
	size, dims := 1, make([]int, len(shape))
	for i, d := range shape {
		size, dims[i] = size*int(d), int(d)
	}
	pixels := make([]float64, size)
	for i := range pixels {
		pixels[i] = math.Sin(float64(i*i + 1))
	}
	return map[string]*eval.Value{"x": eval.Floats(dims, pixels...)}
}

// Wave returns a tensor of many different values below 1.
func Wave(name string, dims ...int64) *graphs.Tensor {
	size := int64(1)
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(math.Sin(float64(3*i*i + 1)))
	}
	return graphs.NewFloats(name, dims, values)
}

// Wavy are numbers of that mean and spread, for Planes.
func Wavy(mean, spread float64) func(sample, channel, place int) float64 {
	return func(s, c, p int) float64 {
		i := float64(s*7919 + c*104729 + p)
		return mean + 1.4*spread*math.Sin(i*i+1)
	}
}

// Planes returns a value N×C×… of numbers, of float32, for each place.
func Planes(shape []int, at func(sample, channel, place int) float64) *eval.Value {
	size := 1
	for _, d := range shape[2:] {
		size *= d
	}
	var values []float64
	for s := range shape[0] {
		for c := range shape[1] {
			for p := range size {
				values = append(values, float64(float32(at(s, c, p))))
			}
		}
	}
	return eval.Floats(shape, values...)
}
