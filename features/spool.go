package features

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/memdil/memdil/arrowfile"
)

// Spool is a features table on its way from an engine to the metrics: a
// temporary file that is written once, read any number of times and gone when
// it is closed or the process ends, however it ends. Only labels are held in
// memory. It is for one goroutine.
type Spool struct {
	meta          Meta
	file          *os.File
	out           *bufio.Writer
	labels, truth []int
	width         int // bytes of a row
	scratch       []byte
}

var _ Sink = (*Spool)(nil)

// NewSpool makes an empty table in a file of the folder dir. The caller closes it.
func NewSpool(dir string, m Meta) (*Spool, error) {
	file, err := os.CreateTemp(dir, ".features.spool*")
	if err != nil {
		return nil, fmt.Errorf("making a file for features: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil { // an open file lives on without a name
		return nil, errors.Join(fmt.Errorf("making a file for features: %w", err), file.Close())
	}
	return &Spool{meta: m, file: file, out: bufio.NewWriterSize(file, 1<<20), width: 4 * (m.Dim + m.Classes)}, nil
}

// Close gives the table's place on the disk back.
func (s *Spool) Close() error { return s.file.Close() }

// Meta describes the table.
func (s *Spool) Meta() Meta { return s.meta }

// Dim returns d.
func (s *Spool) Dim() int { return s.meta.Dim }

// Classes returns K.
func (s *Spool) Classes() int { return s.meta.Classes }

// HasLogits reports that there are logits.
func (s *Spool) HasLogits() bool { return true }

// Write appends rows; their splits are not kept.
func (s *Spool) Write(r Rows) error {
	for i, y := range r.Labels {
		s.labels, s.truth = append(s.labels, int(y)), append(s.truth, int(r.TrueLabels[i]))
		s.scratch = appendFloat32s(s.scratch[:0], r.Features[i*s.meta.Dim:(i+1)*s.meta.Dim])
		s.scratch = appendFloat32s(s.scratch, r.Logits[i*s.meta.Classes:(i+1)*s.meta.Classes])
		if _, err := s.out.Write(s.scratch); err != nil {
			return s.fail("writing", err)
		}
	}
	return nil
}

func appendFloat32s(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func (s *Spool) fail(doing string, err error) error {
	return fmt.Errorf("%s features for a while: %w", doing, err) // which names the file
}

// Each calls f with all rows in order, as [Table.Each] does; there are no splits.
func (s *Spool) Each(f func(Batch) error) error {
	if err := s.out.Flush(); err != nil {
		return s.fail("writing", err)
	}
	step := max(1, maxBatchValues/(s.meta.Dim+s.meta.Classes))
	rows := make([]byte, min(step, len(s.labels))*s.width)
	var b Batch
	for from := 0; from < len(s.labels); from += step {
		to := min(from+step, len(s.labels))
		part := rows[:(to-from)*s.width]
		if _, err := s.file.ReadAt(part, int64(from)*int64(s.width)); err != nil {
			if errors.Is(err, io.EOF) {
				err = arrowfile.ErrTruncated
			}
			return s.fail("reading", err)
		}
		b = Batch{N: to - from, Features: b.Features[:0], Logits: b.Logits[:0], Labels: s.labels[from:to], TrueLabels: s.truth[from:to]}
		for len(part) > 0 {
			b.Features = appendDecoded(b.Features, part[:4*s.meta.Dim])
			b.Logits = appendDecoded(b.Logits, part[4*s.meta.Dim:s.width])
			part = part[s.width:]
		}
		if err := f(b); err != nil {
			return err
		}
	}
	return nil
}

// appendDecoded appends little-endian float32 values.
func appendDecoded(dst []float64, b []byte) []float64 {
	for ; len(b) > 0; b = b[4:] {
		dst = append(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	}
	return dst
}
