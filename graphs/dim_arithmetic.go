package graphs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Symbolic sizes are products: a coefficient and named factors, as in "49*N".
// Products and exact quotients of sizes are followed; sums of symbols are not.

// monomial splits a size into its coefficient and factors; false when d is
// unknown or its symbol is some other expression.
func (d Dim) monomial() (coefficient int64, factors []string, ok bool) {
	switch {
	case d.IsKnown():
		return d.Size, nil, true
	case d.Symbol == "":
		return 0, nil, false
	}
	coefficient = 1
	for i, f := range strings.Split(d.Symbol, "*") {
		if n, err := strconv.ParseInt(f, 10, 64); i == 0 && err == nil && n > 0 {
			coefficient = n
		} else if f == "" || strings.ContainsFunc(f, notInName) {
			return 0, nil, false
		} else {
			factors = append(factors, f)
		}
	}
	return coefficient, factors, true
}

// notInName reports characters that may mean an operation in a symbol.
func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.:/", r)
}

// maxFactors bounds the products that are followed: a few squarings of a size
// would make endless ones.
const maxFactors = 16

// monomialDim is the size of a coefficient and factors.
func monomialDim(coefficient int64, factors []string) Dim {
	switch {
	case len(factors) == 0 || coefficient == 0:
		return Known(coefficient)
	case len(factors) > maxFactors:
		return UnknownDim
	}
	factors = slices.Sorted(slices.Values(factors))
	if coefficient != 1 {
		factors = slices.Insert(factors, 0, strconv.FormatInt(coefficient, 10))
	}
	return Symbolic(strings.Join(factors, "*"))
}

// mulDims is a·b, unknown where it cannot be said.
func mulDims(a, b Dim) Dim {
	switch {
	case a == Known(1):
		return b
	case b == Known(1):
		return a
	case a == Known(0) || b == Known(0):
		return Known(0)
	}
	ca, fa, ok1 := a.monomial()
	cb, fb, ok2 := b.monomial()
	if !ok1 || !ok2 {
		return UnknownDim
	}
	c, ok := mulSizes(ca, cb)
	if !ok {
		return UnknownDim
	}
	return monomialDim(c, slices.Concat(fa, fb))
}

// mulSizes is a·b of sizes, false when it overflows.
func mulSizes(a, b int64) (int64, bool) {
	c := a * b
	return c, a == 0 || (c >= 0 && c/a == b)
}

// divDims is a/b where b divides a whatever the symbols stand for, else
// unknown. That no symbol is 0 is taken for granted.
func divDims(a, b Dim) Dim {
	switch {
	case b == Known(0):
		return UnknownDim
	case b == Known(1):
		return a
	case a.Equals(b):
		return Known(1)
	}
	ca, fa, ok1 := a.monomial()
	cb, fb, ok2 := b.monomial()
	if !ok1 || !ok2 || ca%cb != 0 {
		return UnknownDim
	}
	fa = slices.Clone(fa)
	for _, f := range fb {
		i := slices.Index(fa, f)
		if i < 0 {
			return UnknownDim
		}
		fa = slices.Delete(fa, i, i+1)
	}
	return monomialDim(ca/cb, fa)
}

// addDims is a+b, unknown unless both are known or one is 0.
func addDims(a, b Dim) Dim {
	switch {
	case a == Known(0):
		return b
	case b == Known(0):
		return a
	case a.IsKnown() && b.IsKnown() && a.Size+b.Size >= 0:
		return Known(a.Size + b.Size)
	}
	return UnknownDim
}

// product is the number of elements of a shape, unknown where it cannot be
// said.
func product(s Shape) Dim {
	if slices.Contains(s, Known(0)) {
		return Known(0)
	}
	n := Known(1)
	for _, d := range s {
		n = mulDims(n, d)
	}
	return n
}

// unifyDims is what is known of a size given two descriptions of it.
func unifyDims(a, b Dim) (Dim, error) {
	if a.IsKnown() && b.IsKnown() && a != b {
		return Dim{}, fmt.Errorf("sizes %s and %s differ", a, b)
	}
	if a.IsKnown() || b == UnknownDim {
		return a, nil
	}
	return b, nil
}
