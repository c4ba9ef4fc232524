package report

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// TestPlaneMatchesFullDecomposition compares the Krylov subspace with the
// eigendecomposition of the whole covariance matrix.
func TestPlaneMatchesFullDecomposition(t *testing.T) {
	for _, c := range []struct {
		name   string
		points *Points
	}{
		{"16 dimensions", goldenPoints(t, "k4_d16_n1000")},
		{"64 dimensions, ten classes", goldenPoints(t, "k10_d64_n2000")},
	} {
		t.Run(c.name, func(t *testing.T) {
			values, total := fullEigenvalues(c.points)
			pl := newPlane(c.points, nil)
			for k := range pl.axes {
				want := values[len(values)-1-k] / total
				if !(math.Abs(pl.explained[k]-want) <= 1e-6*want) {
					t.Errorf("component %d explains %v, want %v", k+1, pl.explained[k], want)
				}
			}
			checkOrthonormal(t, pl)
		})
	}
}

// fullEigenvalues returns the eigenvalues of the covariance, ascending, and
// their sum.
func fullEigenvalues(p *Points) (values []float64, total float64) {
	n := len(p.Labels)
	x := mat.NewDense(n, p.Dim, nil)
	for i := range n {
		for j, v := range p.row(i) {
			x.Set(i, j, float64(v))
		}
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, x, nil)
	var eigen mat.EigenSym
	eigen.Factorize(&cov, false)
	return eigen.Values(nil), mat.Trace(&cov)
}

func checkOrthonormal(t *testing.T, pl plane) {
	t.Helper()
	dot := func(a, b []float64) (sum float64) {
		for j := range a {
			sum += a[j] * b[j]
		}
		return sum
	}
	u, v := pl.axes[0], pl.axes[1]
	if !(math.Abs(dot(u, u)-1) <= 1e-9) || !(math.Abs(dot(v, v)-1) <= 1e-9) || math.Abs(dot(u, v)) > 1e-9 {
		t.Errorf("axes are not orthonormal: %v %v %v", dot(u, u), dot(v, v), dot(u, v))
	}
}

// TestPlaneOfCollapsedFeatures is the case that single-vector iterations get
// wrong: K−1 equal eigenvalues, here of ten unit vectors in 100 dimensions.
func TestPlaneOfCollapsedFeatures(t *testing.T) {
	const classes, dim, each = 10, 100, 20
	p := &Points{Dim: dim}
	for i := range classes * each {
		row := make([]float32, dim)
		row[7*(i%classes)] = 1
		p.Features = append(p.Features, row...)
		p.Labels = append(p.Labels, i%classes)
	}
	pl := newPlane(p, nil)
	for k, share := range pl.explained {
		if !(math.Abs(share-1.0/(classes-1)) <= 1e-9) {
			t.Errorf("component %d explains %v, want 1/9", k+1, share)
		}
	}
	checkOrthonormal(t, pl)
}

func TestPlaneOfTwoFeaturesIsTheirOwn(t *testing.T) {
	p := goldenPoints(t, "k2_d2_n400")
	pl := newPlane(p, nil)
	x, y := pl.project(p.row(3))
	if x != float64(p.row(3)[0]) || y != float64(p.row(3)[1]) {
		t.Errorf("projected to %v, %v, want %v", x, y, p.row(3))
	}
	if finite(pl.explained[0]) {
		t.Error("features themselves explain no variance of others")
	}
}

// TestBoundary checks that points of the plane on either side of the line get
// the class that the classifier gives them, in the feature space.
func TestBoundary(t *testing.T) {
	wide := goldenPoints(t, "k4_d16_n1000")
	weight := make([]float32, 32)
	for j := range weight {
		weight[j] = float32(math.Sin(float64(3*j + 1)))
	}
	for _, c := range []struct {
		name       string
		points     *Points
		classifier *Classifier
	}{
		{"d=2", goldenPoints(t, "k2_d2_n400"), goldenClassifier(t, "k2_d2_n400")},
		{"d=16", wide, &Classifier{Weight: weight, Bias: []float32{0.3, -0.2}}},
		{"d=16, no bias", wide, &Classifier{Weight: weight}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pl := newPlane(c.points, nil)
			line, ok := pl.boundary(c.classifier)
			if !ok {
				t.Fatal("no line")
			}
			for _, at := range [][2]float64{{0, 0}, {1, -2}, {-3, 0.5}, {10, 7}} {
				got, want := line.a*at[0]+line.b*at[1]+line.c, 0.0
				for j := range pl.mean {
					h := pl.mean[j] + at[0]*pl.axes[0][j] + at[1]*pl.axes[1][j]
					want += h * float64(c.classifier.Weight[j])
					want -= h * float64(c.classifier.Weight[len(pl.mean)+j])
				}
				if b := c.classifier.Bias; b != nil {
					want += float64(b[0]) - float64(b[1])
				}
				if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
					t.Errorf("at %v: %v, want the logits' difference %v", at, got, want)
				}
			}
		})
	}
	if _, ok := newPlane(wide, nil).boundary(&Classifier{Weight: make([]float32, 32)}); ok {
		t.Error("a classifier that tells nothing apart has a decision line")
	}
}
