package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

func undefinedMeans() MeanMeasures {
	return MeanMeasures{
		NormCV: undefined, CosineStd: undefined, AngleGap: undefined, AngleCV: undefined, Energy: undefined, EnergyCV: undefined,
		OneVsOne: undefined, OneVsRest: undefined, EffectiveRank: undefined,
	}
}

// meanMeasures measures the K×d matrix of vectors; rest says whether OneVsRest
// is wanted.
func meanMeasures(vectors []float64, k, dim int, rest bool) MeanMeasures {
	m := undefinedMeans()
	var norms moments
	unit := append([]float64(nil), vectors...)
	zero := false
	for i := range k {
		row := unit[i*dim : (i+1)*dim]
		norm := floats.Norm(row, 2)
		norms.add(norm)
		zero = zero || norm == 0
		if norm > 0 {
			floats.Scale(1/norm, row)
		}
	}
	m.NormCV = norms.variation()
	m.EffectiveRank = effectiveRank(singularValues(vectors, k, dim))
	if zero || k < 2 {
		return m
	}
	m.directions(unit, k, dim)
	if rest {
		m.OneVsRest = oneVsRest(unit, k, dim)
	}
	return m
}

// directions measures k unit vectors, which lie a distance ‖m̂_i − m̂_j‖ apart.
// Cosines and angles follow from that: it is exact where they nearly agree.
func (m *MeanMeasures) directions(unit []float64, k, dim int) {
	squared := pairs(k, func(i, j int) float64 {
		return squaredDistance(unit[i*dim:(i+1)*dim], unit[j*dim:(j+1)*dim])
	})
	var cosines, gaps, angles, energies moments
	least := math.Inf(1)
	for _, s := range squared {
		cosine := 1 - s/2
		cosines.add(cosine)
		gaps.add(math.Abs(cosine + 1/float64(k-1)))
		angles.add(2 * math.Asin(min(1, math.Sqrt(s)/2)))
		energies.add(-math.Log(s) / 2)
		least = min(least, s)
	}
	m.CosineStd, m.AngleGap, m.AngleCV = cosines.stddev(), gaps.average(), angles.variation()
	m.OneVsOne = Float(math.Sqrt(least))
	if least > 0 {
		m.Energy, m.EnergyCV = energies.average(), energies.variation()
	}
}

// classifierMeasures measures W, and W against the class means by label.
func (p *spread) classifierMeasures(c *Classifier) *ClassifierMeasures {
	m := &ClassifierMeasures{
		MeanMeasures: meanMeasures(c.Weight, p.outputs, p.dim, p.full),
		SelfDuality:  undefined, Alignment: undefined, AlignmentCV: undefined,
	}
	g := p.groups[0]
	w, h := floats.Norm(c.Weight, 2), floats.Norm(g.centred, 2)
	if p.outputs != p.k || !g.complete() || !g.separated() || w == 0 {
		return m
	}
	total := 0.0
	for i, v := range c.Weight {
		total += (v/w - g.centred[i]/h) * (v/w - g.centred[i]/h)
	}
	m.SelfDuality = Float(total)
	var cosines moments
	for k := range p.k {
		row, mean := c.Weight[k*p.dim:(k+1)*p.dim], g.centred[k*p.dim:(k+1)*p.dim]
		cosines.add(floats.Dot(row, mean) / (floats.Norm(row, 2) * floats.Norm(mean, 2))) // NaN for a zero vector
	}
	m.Alignment, m.AlignmentCV = cosines.average(), cosines.variation()
	return m
}

// singularValues are those of a rows×cols matrix; nil when the decomposition
// does not converge.
func singularValues(values []float64, rows, cols int) []float64 {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(rows, cols, append([]float64(nil), values...)), mat.SVDNone) {
		return nil
	}
	return svd.Values(nil)
}

// effectiveRank is exp(−Σ p log p), p = σ/Σσ, NaN for a zero matrix.
func effectiveRank(singular []float64) Float {
	total := floats.Sum(singular)
	if total == 0 || len(singular) == 0 {
		return undefined
	}
	entropy := 0.0
	for _, s := range singular {
		if p := s / total; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return Float(math.Exp(entropy))
}
