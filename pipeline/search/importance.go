package search

import (
	"math"
	"slices"
)

// Importance says how much each parameter matters for being among the best
// quarter of trials, as shares that add up to 1: PED-ANOVA (Watanabe, Bansal,
// Hutter, IJCAI 2023), the Pearson divergence
//
//	∫ (p_top(x)/p_all(x) − 1)² p_all(x) dx
//
// of the densities of the parameter among the best and among all trials, where
// it is active. It returns nil for fewer than eight trials that did not fail,
// and zeros where nothing matters.
func Importance(s Space, done []Observation) []float64 {
	all := slices.DeleteFunc(slices.Clone(done), failed)
	if len(all) < 8 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b Observation) int { return compare(a.Loss, b.Loss) })
	points := make([]Point, len(all))
	for i, o := range all {
		points[i] = o.Point
	}
	out, sum := make([]float64, len(s)), 0.0
	for i, param := range s {
		out[i] = divergence(param, column(points[:len(points)/4], i), column(points, i))
		sum += out[i]
	}
	for i := range out {
		if sum > 0 {
			out[i] /= sum
		}
	}
	return out
}

// column returns one coordinate of the points at which it is active.
func column(points []Point, i int) []float64 {
	var out []float64
	for _, p := range points {
		if !math.IsNaN(p[i]) {
			out = append(out, p[i])
		}
	}
	return out
}

// divergence compares the densities of two sets of coordinates.
func divergence(p Param, top, all []float64) float64 {
	if len(top) == 0 || len(all) < 2 {
		return 0
	}
	a, b := histogram(p, top), histogram(p, all)
	sum := 0.0
	for i := range a {
		sum += b[i] * (a[i]/b[i] - 1) * (a[i]/b[i] - 1)
	}
	return sum
}

// histogram is the density over a choice's values, or over 50 cells smoothed by
// a normal kernel; one uniform observation keeps it from 0.
func histogram(p Param, values []float64) []float64 {
	cells := 50
	if p.Kind == Choice {
		cells = len(p.Choices)
	}
	h, n := make([]float64, cells), float64(len(values))
	for i := range h {
		h[i] = 1 / (float64(cells) * (n + 1))
	}
	sigma := 0.3 * math.Pow(n, -0.2)
	for _, v := range values {
		if p.Kind == Choice {
			h[min(int(v*float64(cells)), cells-1)] += 1 / (n + 1)
			continue
		}
		mass := phi((1-v)/sigma) - phi(-v/sigma)
		for i := range h {
			lo, hi := float64(i)/float64(cells), float64(i+1)/float64(cells)
			h[i] += (phi((hi-v)/sigma) - phi((lo-v)/sigma)) / mass / (n + 1)
		}
	}
	return h
}
