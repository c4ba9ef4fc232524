package features

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/memdil/memdil/arrowfile"
)

const (
	// maxClasses bounds K, for which statistics allocate K×d.
	maxClasses = 1 << 20
	// maxBatchValues bounds the vectors of one Batch: 8 MiB of float64.
	maxBatchValues = 1 << 20
)

// Table is a features table on disk. It holds no open file and no rows: each
// pass opens the file again. A Table is safe for concurrent use.
type Table struct {
	path     string
	meta     Meta
	logitDim int
	notes    []string
}

// Batch is a run of n rows of a features table.
type Batch struct {
	N          int
	Features   []float64 // n×d, row-major
	Logits     []float64 // n×L, L = [Table.LogitDim], row-major; nil without logits
	Labels     []int     // n, in [0, K)
	TrueLabels []int     // n, in [0, K); equal to Labels when the table has none
	Splits     []string  // n; nil without a split column
}

// Open reads the schema of the features table path. A table without the
// metadata classes is read through once, for K is then its largest label + 1; so
// many other faults of a file only show in [Table.Each].
func Open(path string) (*Table, error) {
	t := &Table{path: path}
	if err := t.open(); err != nil {
		return nil, t.fail(err)
	}
	return t, nil
}

// Dim returns d, the length of a feature vector.
func (t *Table) Dim() int { return t.meta.Dim }

// Classes returns K.
func (t *Table) Classes() int { return t.meta.Classes }

// HasLogits reports whether the table has logits.
func (t *Table) HasLogits() bool { return t.logitDim > 0 }

// LogitDim returns the number of logits of a row: K or, when the network had
// more outputs than the table has classes, more. It is 0 without logits.
func (t *Table) LogitDim() int { return t.logitDim }

// Meta returns what the file says about itself, gaps filled as [Table.Notes] tell.
func (t *Table) Meta() Meta { return t.meta }

// Notes returns one sentence for everything that had to be assumed or will have
// to be left out.
func (t *Table) Notes() []string { return t.notes }

// Each calls f with all rows in the file's order, in batches that stay small
// however large the file's record batches are. The slices of a Batch are valid
// during the call only. Each stops at the first error of the file or of f; the
// latter is returned as it is. It may be called any number of times.
func (t *Table) Each(f func(Batch) error) error {
	p, err := openPass(t.path)
	if err != nil {
		return t.fail(err)
	}
	p.dim, p.logitDim, p.classes = t.meta.Dim, t.logitDim, t.meta.Classes
	a := readAhead(p, max(1, maxBatchValues/(p.dim+p.logitDim)))
	defer a.close()
	read, visit := a.each(f)
	if read != nil {
		return t.fail(read)
	}
	return visit
}

func (t *Table) fail(err error) error { return arrowfile.ReadError("features", t.path, err) }

// open fills in t from the schema, the first row and, without the metadata
// classes, all labels.
func (t *Table) open() error {
	p, err := openPass(t.path)
	if err != nil {
		return err
	}
	defer p.close()
	md := p.records.Schema().Metadata()
	if p.classes, err = declaredClasses(md, metaClasses); err != nil {
		return err
	}
	trueClasses, err := declaredClasses(md, metaTrueClasses)
	if err != nil {
		return err
	}
	guess, largest := p.classes == 0, 0
	for err == nil && (p.dim == 0 || guess) {
		if err = p.next(); err == nil && guess {
			for i := range p.labels {
				largest = max(largest, p.labels[i], p.trueLabels[i])
			}
		}
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case p.dim == 0:
		return errors.New("the table has no rows")
	case guess:
		p.classes = largest + 1
	}
	split, _ := md.GetValue(metaSplit)
	run, _ := md.GetValue(metaRun)
	t.meta = Meta{Dim: p.dim, Classes: p.classes, TrueClasses: trueClasses, Split: split, Run: run, HasSplitColumn: p.layout.split >= 0}
	if trueClasses > p.classes {
		return fmt.Errorf("metadata %s is %d, but there are %d classes", metaTrueClasses, trueClasses, p.classes)
	}
	t.logitDim = p.logitDim
	if t.HasLogits() && t.logitDim < p.classes {
		return fmt.Errorf("column %s has %d values a row, fewer than the %d classes", colLogits, t.logitDim, p.classes)
	}
	t.notes = notes(t, p.layout, guess)
	return nil
}

// declaredClasses returns a number of classes in the metadata, 0 when there is
// none.
func declaredClasses(md arrow.Metadata, key string) (int, error) {
	text, _ := md.GetValue(key)
	if text == "" {
		return 0, nil
	}
	k, err := strconv.Atoi(text)
	if err != nil || k < 1 || k > maxClasses {
		return 0, fmt.Errorf("metadata %s is %q, want a number from 1 to %d", key, text, maxClasses)
	}
	return k, nil
}

func notes(t *Table, l layout, guess bool) (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if guess {
		note("no metadata %s: K is %d, the largest label + 1", metaClasses, t.meta.Classes)
	}
	if l.trueLabel < 0 {
		note("no column %s: nothing counts as corrupted", colTrueLabel)
	}
	switch {
	case l.logits < 0:
		note("no column %s: what needs logits is left out", colLogits)
	case t.logitDim > t.meta.Classes:
		note("column %s has %d values a row for %d classes", colLogits, t.logitDim, t.meta.Classes)
	}
	return notes
}
