package layout

import "github.com/memdil/memdil/graphs"

// mostUnfolded is how many places planes may have at most to be unfolded: of
// larger ones, ONNX Runtime's product for each sample has columns enough.
const mostUnfolded = 16

// unfoldingPays reports whether one product for the whole batch, with unfolded
// planes, gains. For kernels of many channels, and those that see whole planes,
// Places has better ways.
func (b *abreastConv) unfoldingPays() bool {
	if b.node.Int("group", 1) != 1 || b.isPointwise() || max(b.from.places(), b.into.places()) > mostUnfolded {
		return false
	}
	if !fits(b.rows.Taps, b.columns.Taps, b.into.places(), b.from.places()) || b.into.places() == 1 && !b.isHeld(b.node.Input(0)) {
		return false
	}
	images := &places{holder: b.holder}
	f := newFiltering(convolutionOf(images, b.node, b.from))
	return f == nil || !f.gains(false)
}

// unfoldedProduct appends the product of K kernels of T taps with planes of P
// places, of which Q are made. S has a row for each tap and each of these,
//
//	unfolded x = S·x  C×(T·Q)×N, S being (T·Q)×P
//	y = w·unfolded x  K×(Q·N), w being K×(C·T)
//
// and the gradients are such products, too. It returns the output.
func (b *abreastConv) unfoldedProduct() string {
	taps := b.rows.Taps * b.columns.Taps
	s := b.Const(graphs.NewFloats("", []int64{taps * b.into.places(), b.from.places()}, b.meetings(b.columns, b.from.width, true)))
	x := b.MatMul(s, b.ReshapeTo(b.held(b.node.Input(0)), b.from.channels, b.from.places(), -1))
	factors := []string{
		b.ReshapeTo(b.node.Input(1), b.into.channels, b.from.channels*taps),
		b.ReshapeTo(x, b.from.channels*taps, -1),
	}
	if bias := b.node.Input(2); bias != "" {
		factors = append(factors, b.ReshapeTo(bias, -1, 1))
	}
	return b.ReshapeTo(b.Op("Gemm", factors), 1, b.into.channels, b.into.places(), -1)
}
