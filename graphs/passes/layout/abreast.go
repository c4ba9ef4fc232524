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
	p := &abreast{held: map[string]plane{}, images: map[string]string{}, sides: map[string]string{}, samples: map[graphs.Dim]string{}}
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
	*graphs.Builder
	// held says what the samples are that a value holds abreast.
	held map[string]plane
	// images maps such a value to its N×C×H×W, sides maps images to the value
	// that holds them abreast, where these are computed.
	images, sides map[string]string
	// samples maps the batch of values that are held to a value of shape [1], how
	// many samples it has.
	samples map[graphs.Dim]string
}

// holds takes note of a value that holds samples abreast.
func (p *abreast) holds(name string, of plane) string {
	p.held[name] = of
	return name
}

// isHeld reports whether a value holds samples abreast.
func (p *abreast) isHeld(name string) bool {
	_, ok := p.held[name]
	return ok
}

// planeOf returns what samples are in images or abreast; ok is false for other
// values.
func (p *abreast) planeOf(name string) (of plane, ok bool) {
	if of, ok = p.held[name]; ok {
		return of, true
	}
	return planeOf(p.Shape(name))
}

// image returns a value as N×C×H×W where it is held abreast.
func (p *abreast) image(name string) string {
	of, ok := p.held[name]
	if !ok {
		return name
	}
	if p.images[name] == "" {
		rows := p.Transpose(p.ReshapeTo(name, of.channels*of.places(), -1), 1, 0)
		p.images[name] = p.ReshapeTo(rows, -1, of.channels, of.height, of.width)
	}
	return p.images[name]
}

// side returns images abreast.
func (p *abreast) side(name string) string {
	if p.isHeld(name) {
		return name
	}
	if p.sides[name] == "" {
		of, ok := p.planeOf(name)
		if !ok {
			p.Failf("the sizes of %q are not known", name)
			return name
		}
		if p.samples[of.batch] == "" {
			p.samples[of.batch] = p.Op("Shape", []string{name}, graphs.Int("end", 1))
		}
		columns := p.Transpose(p.ReshapeTo(name, -1, of.channels*of.places()), 1, 0)
		p.sides[name] = p.holds(p.ReshapeTo(columns, 1, of.channels, of.places(), -1), of)
	}
	return p.sides[name]
}
