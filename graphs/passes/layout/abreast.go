package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Abreast returns a copy of m for a CPU, in which depthwise convolutions are
// products of matrices wherever that costs less (see bands), and the samples of a
// batch are held as these products take and make them: not N×C×H×W but abreast of
// each other, 1×C×(H·W)×N. From a product on they stay so through all operators
// that can do with it, most of which compute the same on what looks to them like
// one wide image: a convolution of single places is one product for the whole
// batch then, and a number for each channel meets a long row. Others are given
// images. Values named in keep stay as they are.
func Abreast(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	p := newAbreast()
	outer := outerValues(m.Graph)
	stays := func(name string) bool { return keep[name] || outer[name] }
	out, err := passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		p.Builder = b
		if op := abreastOps[n.StandardOp()]; op != nil && !slices.ContainsFunc(n.Outputs, stays) {
			if news, ok := op(p, n); ok {
				return news
			}
		}
		for i, in := range n.Inputs {
			n.Inputs[i] = p.image(in)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.Graph.Values = nil // of other shapes
	return out, nil
}

// abreast is the state of one pass.
type abreast struct {
	holder
	// samples maps the batch of values that are held to a value of shape [1], how
	// many samples it has.
	samples map[graphs.Dim]string
}

func newAbreast() *abreast {
	return &abreast{samples: map[graphs.Dim]string{}, holder: newHolder(
		func(of plane) int64 { return of.channels * of.places() },
		func(of plane) []int64 { return []int64{1, of.channels, of.places(), -1} },
	)}
}

// held returns images abreast, and takes note of how many samples they are.
func (p *abreast) held(name string) string {
	if of, ok := p.planeOf(name); ok && !p.isHeld(name) && p.samples[of.batch] == "" {
		p.samples[of.batch] = p.Op("Shape", []string{name}, graphs.Int("end", 1))
	}
	return p.holder.held(name)
}
