package metrics

var _ Source = (*Table)(nil)

// tableBatch is the number of rows a [Table] hands out at once.
const tableBatch = 1024

// Table is a [Source] in memory, for small callers and tests. It is safe for
// concurrent use.
type Table struct {
	shape shape
	rows  Batch
	batch int // rows a batch
}

// NewTable makes a table of the rows of b, which it keeps and does not copy:
// features of width dim, labels in [0, classes). It returns an error that
// names the row when widths or labels are wrong.
func NewTable(b Batch, dim, classes int) (*Table, error) {
	t := &Table{shape: shape{dim: dim, k: classes, hasLogits: b.Logits != nil}, rows: b, batch: tableBatch}
	s, err := shapeOf(t, Options{})
	if err != nil {
		return nil, err
	}
	if err := s.check(b, 0); err != nil {
		return nil, err
	}
	return t, nil
}

// Dim is d, the width of a feature.
func (t *Table) Dim() int { return t.shape.dim }

// Classes is K.
func (t *Table) Classes() int { return t.shape.k }

// HasLogits tells whether the table has logits.
func (t *Table) HasLogits() bool { return t.shape.hasLogits }

// Each hands out the rows in order.
func (t *Table) Each(visit func(Batch) error) error {
	for from := 0; from < len(t.rows.Labels); from += t.batch {
		if err := visit(t.slice(from, min(from+t.batch, len(t.rows.Labels)))); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) slice(from, to int) Batch {
	b := Batch{Features: t.rows.Features[from*t.shape.dim : to*t.shape.dim], Labels: t.rows.Labels[from:to]}
	if t.rows.Logits != nil {
		b.Logits = t.rows.Logits[from*t.shape.k : to*t.shape.k]
	}
	if t.rows.TrueLabels != nil {
		b.TrueLabels = t.rows.TrueLabels[from:to]
	}
	return b
}
