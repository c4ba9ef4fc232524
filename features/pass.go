package features

import (
	"github.com/apache/arrow/go/v15/arrow"

	"github.com/memdil/memdil/arrowfile"
)

// layout is where the columns are; -1 means missing.
type layout struct{ feature, logits, label, trueLabel, split int }

func newLayout(schema *arrow.Schema) (l layout, err error) {
	const vector, integer = "a list of floats", "an integer type (cast it)"
	find := func(name string, required bool, accept func(arrow.DataType) bool, want string) (i int) {
		if err == nil {
			i, err = columnIndex(schema, name, required, accept, want)
		}
		return i
	}
	l.feature = find(colFeature, true, isVector, vector)
	l.logits = find(colLogits, false, isVector, vector)
	l.label = find(colLabel, true, isInteger, integer)
	l.trueLabel = find(colTrueLabel, false, isInteger, integer)
	l.split = find(colSplit, false, isString, "utf8")
	return l, err
}

// pass is one pass over a table. It holds one record batch, checked.
type pass struct {
	records *arrowfile.Reader
	layout  layout

	// What the rows must agree with; 0 is not known yet. The first row sets the
	// widths.
	dim, logitDim, classes int

	features, logits   vectors
	labels, trueLabels []int
	splits             []string
}

func openPass(path string) (*pass, error) {
	r, err := arrowfile.Open(path, allocator)
	if err != nil {
		return nil, err
	}
	l, err := newLayout(r.Schema())
	if err != nil {
		r.Close()
		return nil, err
	}
	return &pass{records: r, layout: l}, nil
}

func (p *pass) close() { p.records.Close() }

// next loads the next record batch; io.EOF ends the table.
func (p *pass) next() error {
	rec, err := p.records.Next()
	if err != nil {
		return err
	}
	if err := arrowfile.Protect(func() error { return p.load(rec) }); err != nil {
		return p.records.Locate(err)
	}
	return nil
}

// load checks the columns of rec and decodes all but the vectors.
func (p *pass) load(rec arrow.Record) (err error) {
	l := p.layout
	p.labels, p.trueLabels, p.splits = p.labels[:0], p.trueLabels[:0], p.splits[:0]
	if rec.NumRows() == 0 {
		return nil
	}
	if p.features, err = newVectors(colFeature, rec.Column(l.feature), &p.dim); err != nil {
		return err
	}
	if l.logits >= 0 {
		if p.logits, err = newVectors(colLogits, rec.Column(l.logits), &p.logitDim); err != nil {
			return err
		}
	}
	classes := p.classes
	if classes == 0 {
		classes = maxClasses
	}
	if p.labels, err = appendLabels(p.labels, colLabel, rec.Column(l.label), classes); err != nil {
		return err
	}
	if l.trueLabel < 0 {
		p.trueLabels = append(p.trueLabels, p.labels...)
	} else if p.trueLabels, err = appendLabels(p.trueLabels, colTrueLabel, rec.Column(l.trueLabel), classes); err != nil {
		return err
	}
	if l.split >= 0 {
		p.splits, err = appendStrings(p.splits, colSplit, rec.Column(l.split))
	}
	return err
}

// decode copies rows [from, to) of the record batch to b, into its memory.
func (p *pass) decode(b *Batch, from, to int) {
	b.N = to - from
	b.Labels = append(b.Labels[:0], p.labels[from:to]...)
	b.TrueLabels = append(b.TrueLabels[:0], p.trueLabels[from:to]...)
	b.Features = p.features.appendRows(b.Features[:0], from, to)
	if p.layout.logits >= 0 {
		b.Logits = p.logits.appendRows(b.Logits[:0], from, to)
	}
	if p.layout.split >= 0 {
		b.Splits = append(b.Splits[:0], p.splits[from:to]...)
	}
}
