// Package layout has values held in memory as the operators that take most of
// the time want them, and convolutions made products of matrices wherever the
// runtime is faster at these.
//
// Each layout is a pass, in the files that begin with its name: from where it pays
// on, values stay in it through all operators that can do with it, and are turned
// back for one that cannot.
//
//	Columns    features × samples   of matrices of samples × features
//	Abreast    1×C×(H·W)×N          of images N×C×H×W, for a CPU
//	Places     (H·W·N)×C            of images N×C×H×W, for a CPU
//	BatchLast  C×(H·W·N)            of images N×C×H×W, for a GPU
//
// The convolutions of Abreast become products of bands (abreast_bands.go) or of
// unfolded planes (abreast_unfold.go), those of Places products by minimal
// filtering (winograd.go) or of what is there; Filter, by minimal filtering as well,
// and Unfold make those between which BatchLast holds planes. MultiplyConvolutions is
// what a CPU needs of these, and Maxima ends what the pools of Places begin.
//
// # Invariants
//
// Those of package passes. MultiplyConvolutions and Filter come before
// differentiation, so that gradients are such products as well; Columns, Unfold and
// BatchLast rewrite the graph that has its gradients. Values that the caller keeps,
// outputs, and what subgraphs read are there in the layout that they have by ONNX.
//
// Images that are turned are written down in one place (holder.go), and so are the
// operators that compute alike in any layout, element by element, and what their
// operands are (elementwise.go).
package layout
