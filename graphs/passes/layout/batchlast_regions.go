package layout

import "github.com/memdil/memdil/graphs"

// worthHolding returns the planes to hold as matrices. Transpositions of their
// operands with one number for each channel of each sample do not count; statistics
// of many channels do, against one transposition each.
func (l *batchLast) worthHolding() map[string]bool {
	r := regions{batchLast: l, next: map[string]string{}, facts: map[string]*facts{}}
	for _, n := range l.Model().Graph.Nodes {
		r.note(n)
	}
	for _, v := range l.Model().Graph.Outputs {
		r.of(v.Name).shown = true
	}
	gains, reduced := map[string]int{}, map[string]bool{}
	for name, f := range r.facts {
		root := r.root(name)
		gains[root] += f.gain()
		reduced[root] = reduced[root] || f.reduced
		if f.reduced && l.Shape(name)[1].Size >= manyRows {
			gains[root]++
		}
	}
	held := map[string]bool{}
	for name := range r.facts {
		root := r.root(name)
		if gains[root] > 0 || gains[root] == 0 && reduced[root] {
			held[name] = l.isPlanes(name)
		}
	}
	return held
}

// manyRows is how many channels planes must have so that their statistics, a row
// of a matrix each, keep a GPU busy. They then make up for a transposition: forward
// and backward, an H200 takes 90 µs for 256×(8·8·128) where N×C×… takes 200, and 156
// in place of 208 for 128×(16·16·128), but 750 in place of 355 for 64×(32·32·128).
const manyRows = 128

// regions are the sets of planes that are held as matrices together.
type regions struct {
	*batchLast
	next  map[string]string // leads to the value that stands for a region
	facts map[string]*facts
}

// facts are what a value's layout costs.
type facts struct {
	first   bool // it is made of planes with the batch last
	behind  bool // its batch is brought behind
	joined  bool // it is computed as it is held
	shown   bool // something reads it as N×C×…
	reduced bool // over batch and planes
}

// gain is how many transpositions fewer there are when it is held.
func (f *facts) gain() (n int) {
	for _, saves := range []bool{f.first, f.behind} {
		if saves {
			n++
		}
	}
	if !f.joined || f.shown {
		n--
	}
	return n
}

// note takes note of what n makes and reads.
func (r *regions) note(n *graphs.Node) {
	for _, name := range n.Captures() {
		r.of(name).shown = true
	}
	x, y := n.Input(0), n.Output(0)
	switch {
	case len(n.Outputs) != 1:
	case r.isElementwise(n):
		r.join(n)
		return
	case r.bringsFirst(n): // of x as it is
		r.of(y).first, r.of(y).joined = true, true
	case r.bringsBehind(n):
		r.of(x).behind = true
		return
	case r.bringsPlacesBehind(n):
		r.of(y).joined = true
		return
	case n.StandardOp() == "Transpose":
		return // it is one in any case, be it of a matrix, as where places are brought first
	case r.isView(n), r.cutsPlanes(n):
		r.of(y).joined = true
		r.connect(x, y)
		return
	case r.reducesBatch(n):
		r.of(x).reduced = true
		return
	}
	for _, name := range n.Inputs {
		r.of(name).shown = true
	}
}

// join connects the planes of an elementwise operator.
func (r *regions) join(n *graphs.Node) {
	y := n.Outputs[0]
	r.of(y).joined = true
	for _, in := range n.Inputs {
		switch roleOf(r.Builder, in, r.Shape(y)) {
		case whole:
			r.connect(in, y)
		case perSample:
			r.of(in).shown = true
		}
	}
}

// of returns what is noted of a value.
func (r *regions) of(name string) *facts {
	if r.facts[name] == nil {
		r.facts[name] = &facts{}
	}
	return r.facts[name]
}

// connect makes one region of those of two values.
func (r *regions) connect(x, y string) {
	r.of(x)
	if a, b := r.root(x), r.root(y); a != b {
		r.next[a] = b
	}
}

// root returns the value that stands for the region of another.
func (r *regions) root(name string) string {
	next := r.next[name]
	if next == "" {
		return name
	}
	r.next[name] = r.root(next)
	return r.next[name]
}
