package metrics

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestOracle compares with the definitions written out: all samples in
// memory, explicit covariance matrices, pseudo-inverse by SVD.
func TestOracle(t *testing.T) {
	for _, c := range []struct {
		name            string
		n, dim, classes int
		spread          float64
	}{
		{"two classes", 60, 2, 2, 0.5},
		{"one dimension", 50, 1, 2, 0.5},
		{"dim below classes-1", 200, 3, 8, 0.4},
		{"dim equals classes", 150, 5, 5, 1},
		{"wide", 120, 37, 4, 0.2},
		{"no multiple of four", 131, 7, 3, 0.01},
		{"many cells", 700, 12, 20, 0.7},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(5) {
				p := randomProblem(seed, c.n, c.dim, c.classes, c.spread)
				got, want := asTree(t, p.compute(t, 64)), p.oracle()
				for key, value := range want {
					compareTrees(t, key, got[key], value, 1e-9, 0)
				}
			}
		})
	}
}

// oracle computes some metrics of p, by JSON key.
func (p problem) oracle() map[string]any {
	h, z := mat.NewDense(len(p.Labels), p.dim, p.Features), mat.NewDense(len(p.Labels), p.classes, p.Logits)
	all := func(int) bool { return true }
	sw, sb := covariances(h, p.Labels, p.classes)
	swLogits, sbLogits := covariances(z, p.Labels, p.classes)
	nc1, rank := oracleNC1(sw, sb, p.classes)
	nc1Logits, rankLogits := oracleNC1(swLogits, sbLogits, p.classes)
	want := map[string]any{
		"nc1": nc1, "rank_sigma_b": rank, "nc1_logits": nc1Logits, "rank_sigma_b_logits": rankLogits,
		"trace_sigma_w": mat.Trace(sw), "trace_sigma_b": mat.Trace(sb),
		"trace_sigma_w_logits": mat.Trace(swLogits), "trace_sigma_b_logits": mat.Trace(sbLogits),
	}
	w := mat.NewDense(p.classes, p.dim, p.classifier.Weight)
	global := meanWhere(h, all)
	centred := mat.NewDense(p.classes, p.dim, nil)
	var variances, uncorrupted []any
	for k := range p.classes {
		inClass := func(i int) bool { return p.Labels[i] == k }
		mean := meanWhere(h, inClass)
		centred.SetRow(k, floats.SubTo(make([]float64, p.dim), mean, global))
		variances = append(variances, stat.PopVariance(distancesWhere(h, inClass, mean), nil))
		clean := func(i int) bool { return p.Labels[i] == k && p.TrueLabels[i] == k }
		uncorrupted = append(uncorrupted, stat.PopStdDev(distancesWhere(h, clean, meanWhere(h, clean)), nil))
	}
	want["class_distance_variances"], want["uncorrupted_stddevs"] = variances, uncorrupted
	want["nc2_etf"], want["nc3_wh"] = oracleETF(w, w), oracleETF(w, centred)
	var wg mat.VecDense
	wg.MulVec(w, mat.NewVecDense(p.dim, global))
	want["nc4_bias"] = floats.Distance(wg.RawVector().Data, p.classifier.Bias, 2)
	want["memorization"] = p.oracleMemorization(h)
	want["corruption_biases"] = p.oracleBiases(h)
	return want
}

func (p problem) oracleMemorization(h *mat.Dense) map[string]any {
	var perClass []any
	var total, count float64
	for o := range p.classes {
		centre := meanWhere(h, func(i int) bool { return p.Labels[i] == o && p.TrueLabels[i] == o })
		d := distancesWhere(h, func(i int) bool { return p.TrueLabels[i] == o && p.Labels[i] != o }, centre)
		row := map[string]any{"true_label": float64(o), "count": float64(len(d)), "sum": floats.Sum(d), "mean": nil, "variance": nil}
		if len(d) > 0 {
			row["mean"], row["variance"] = stat.Mean(d, nil), stat.PopVariance(d, nil)
		}
		perClass = append(perClass, row)
		total, count = total+floats.Sum(d), count+float64(len(d))
	}
	return map[string]any{
		"count": count, "sum": total, "mean": total / count, "class_average_of_sums": total / float64(p.classes), "per_true_class": perClass,
	}
}

func (p problem) oracleBiases(h *mat.Dense) (rows []any) {
	for c := range p.classes {
		mu := meanWhere(h, func(i int) bool { return p.Labels[i] == c })
		m := meanWhere(h, func(i int) bool { return p.Labels[i] == c && p.TrueLabels[i] != c })
		var row []any
		for o := range p.classes {
			if o == c {
				continue
			}
			to := floats.SubTo(make([]float64, p.dim), meanWhere(h, func(i int) bool { return p.Labels[i] == o }), mu)
			if m == nil {
				row = append(row, nil)
				continue
			}
			row = append(row, floats.Dot(floats.SubTo(make([]float64, p.dim), m, mu), to)/floats.Norm(to, 2))
		}
		rows = append(rows, row)
	}
	return rows
}

// covariances are Σ_W and Σ_B of the rows of h.
func covariances(h *mat.Dense, labels []int, classes int) (within, between *mat.Dense) {
	n, dim := h.Dims()
	within, between = mat.NewDense(dim, dim, nil), mat.NewDense(dim, dim, nil)
	addOuter := func(to *mat.Dense, a, b []float64, scale float64) {
		d := mat.NewVecDense(dim, floats.SubTo(make([]float64, dim), a, b))
		var outer mat.Dense
		outer.Outer(scale, d, d)
		to.Add(to, &outer)
	}
	global := meanWhere(h, func(int) bool { return true })
	for k := range classes {
		mean := meanWhere(h, func(i int) bool { return labels[i] == k })
		addOuter(between, mean, global, 1/float64(classes))
		for i, y := range labels {
			if y == k {
				addOuter(within, h.RawRowView(i), mean, 1/float64(n))
			}
		}
	}
	return within, between
}

// oracleNC1 is tr(Σ_W pinv(Σ_B))/K, with the cut-off of scipy.linalg.pinv.
func oracleNC1(within, between *mat.Dense, classes int) (nc1, rank float64) {
	dim, _ := between.Dims()
	var svd mat.SVD
	svd.Factorize(between, mat.SVDFull)
	var u, v, inverse, product mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	diagonal := mat.NewDense(dim, dim, nil)
	for j, s := range values {
		if s > float64(dim)*0x1p-52*values[0] {
			diagonal.Set(j, j, 1/s)
			rank++
		}
	}
	inverse.Product(&v, diagonal, u.T())
	product.Mul(within, &inverse)
	return mat.Trace(&product) / float64(classes), rank
}

// oracleETF is the distance of A Bᵀ from the Gram matrix of a simplex ETF.
func oracleETF(a, b *mat.Dense) float64 {
	k, _ := a.Dims()
	var gram, etf mat.Dense
	gram.Mul(a, b.T())
	gram.Scale(1/mat.Norm(&gram, 2), &gram)
	etf.CloneFrom(mat.NewDiagDense(k, ones(k)))
	etf.Apply(func(_, _ int, v float64) float64 { return (v - 1/float64(k)) / math.Sqrt(float64(k-1)) }, &etf)
	gram.Sub(&gram, &etf)
	return mat.Norm(&gram, 2)
}

func ones(n int) []float64 {
	v := make([]float64, n)
	floats.AddConst(1, v)
	return v
}

func meanWhere(h *mat.Dense, keep func(int) bool) []float64 {
	n, dim := h.Dims()
	mean, count := make([]float64, dim), 0
	for i := range n {
		if keep(i) {
			floats.Add(mean, h.RawRowView(i))
			count++
		}
	}
	if count == 0 {
		return nil
	}
	floats.Scale(1/float64(count), mean)
	return mean
}

func distancesWhere(h *mat.Dense, keep func(int) bool, centre []float64) (d []float64) {
	n, _ := h.Dims()
	for i := range n {
		if keep(i) {
			d = append(d, floats.Distance(h.RawRowView(i), centre, 2))
		}
	}
	return d
}
