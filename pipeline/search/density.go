package search

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/memdil/memdil/random"
)

// density is a Parzen estimate over the cube: a mixture of a kernel around each
// point and of the uniform density, all of one weight. A kernel is a product
// over the parameters: normal and cut at the cube's faces, or of choices; over
// a parameter that was inactive at its point it is uniform.
type density struct {
	space  Space
	points []Point
	sigma  float64 // of the normal kernels
}

// newDensity estimates the density of points. Kernels are the narrower the more
// points there are, by Scott's rule n^(−1/(d+4)). Their width does not follow
// the points' spread: good points in two places would make it too large.
func newDensity(s Space, points []Point) density {
	n := float64(len(points))
	return density{s, points, max(0.1*math.Pow(n+1, -1/float64(len(s)+4)), 0.02)}
}

// log returns the logarithm of the density at p, over the parameters that are
// active there.
func (d density) log(p Point) float64 {
	logs := make([]float64, 0, len(d.points)+1)
	for _, center := range d.points {
		sum := 0.0
		for i := range p {
			if !math.IsNaN(p[i]) && !math.IsNaN(center[i]) {
				sum += d.logKernel(i, center[i], p[i])
			}
		}
		logs = append(logs, sum)
	}
	logs = append(logs, 0) // the uniform density
	return logSumExp(logs) - math.Log(float64(len(logs)))
}

// logKernel is that of parameter i around a coordinate.
func (d density) logKernel(i int, center, x float64) float64 {
	param := d.space[i]
	if param.Kind == Choice {
		k := float64(len(param.Choices))
		if math.Abs(center-x) < 0.5/k {
			return math.Log(k*choiceShare + 1 - choiceShare)
		}
		return math.Log(1 - choiceShare)
	}
	z := (x - center) / d.sigma
	mass := phi((1-center)/d.sigma) - phi(-center/d.sigma)
	return -z*z/2 - math.Log(d.sigma*math.Sqrt(2*math.Pi)*mass)
}

// choiceShare is how much of a choice's kernel lies on the choice itself; the
// rest is even over all.
const choiceShare = 0.8

// draw returns a random point.
func (d density) draw(s random.Stream) Point {
	k := s.IntN(0, len(d.points)+1)
	p := make(Point, len(d.space))
	for i, param := range d.space {
		u := s.Float64(uint64(2*i + 1))
		switch {
		case k == len(d.points) || math.IsNaN(d.points[k][i]):
			p[i] = u
		case param.Kind == Choice:
			p[i] = u
			if s.Float64(uint64(2*i+2)) < choiceShare {
				p[i] = d.points[k][i]
			}
		default:
			p[i] = drawTruncated(d.points[k][i], d.sigma, u)
		}
	}
	return p
}

// drawTruncated maps an even u in [0, 1) to a normal number cut to [0, 1].
func drawTruncated(mean, sigma, u float64) float64 {
	lo, hi := phi(-mean/sigma), phi((1-mean)/sigma)
	return min(max(mean+sigma*distuv.UnitNormal.Quantile(lo+u*(hi-lo)), 0), 1)
}

// phi is the distribution function of the standard normal.
func phi(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

func logSumExp(v []float64) float64 {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}
