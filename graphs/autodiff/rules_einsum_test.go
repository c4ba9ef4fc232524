package autodiff

import (
	"github.com/memdil/memdil/graphs"
)

var einsumCases = cases{"Einsum": {
	einsumCase("ij,jk->ik", of(2, 3), of(3, 4)),
	einsumCase("ij,jk", of(2, 3), of(3, 4)),
	einsumCase("bhid,bhjd->bhij", of(2, 2, 3, 2), of(2, 2, 4, 2)),
	einsumCase("bhij , bhjd -> bihd", of(2, 2, 3, 4), of(2, 2, 4, 2)),
	einsumCase("ij->ji", of(2, 3)),
	einsumCase("ij->", of(2, 3)),
	einsumCase("ij->j", of(2, 3)),
	einsumCase("ij,k->k", of(2, 3), of(4)),
	einsumCase("i,j->ij", of(2), of(3)),
	einsumCase("i,i", of(3), of(3)),
	einsumCase("ii->i", of(3, 3)),
	einsumCase("ii", of(3, 3)),
	einsumCase("iij,j->i", of(2, 2, 3), of(3)),
	einsumCase("iii->", of(2, 2, 2)),
	einsumCase("ij,jk,kl->il", of(2, 3), of(3, 2), of(2, 4)),
	einsumCase("ij,ij,ij->i", of(2, 3), of(2, 3), of(2, 3)),
	einsumCase("ij,ij->ij", of(2, 3), again(0)),
	einsumCase("ZzA,zA->AZ", of(2, 3, 2), of(3, 2)),
	rankedCase(einsumCase("...ij,...jk->...ik", of(2, 2, 3), of(2, 3, 4))),
	rankedCase(einsumCase("...ij,jk->...ik", of(2, 2, 2, 3), of(3, 4))),
	rankedCase(einsumCase("...i,...i", of(1, 3), of(2, 3))),
	rankedCase(einsumCase("i...->...", of(2, 3))),
	rankedCase(einsumCase("b...,b->b...", of(2, 3, 2), of(2))),
}}

func einsumCase(equation string, in ...operand) testCase {
	return testCase{name: equation, in: in, attrs: attrs(graphs.Str("equation", equation))}
}

func rankedCase(c testCase) testCase {
	c.ranked = true
	return c
}
