package arrowfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

const parquetSample = "../datasets/testdata/huggingface/hub/data/train-00000-of-00001.parquet"

func TestOpenParquetColumns(t *testing.T) {
	checked := memory.NewCheckedAllocator(memory.NewGoAllocator())
	p, err := OpenParquet(parquetSample, checked, "label", "image")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := p.Schema().String(); p.Schema().NumFields() != 2 {
		t.Errorf("schema %s", got)
	}
	rows := 0
	for {
		rec, err := p.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += int(rec.NumRows())
	}
	if rows != 5 {
		t.Errorf("%d rows", rows)
	}
	if _, err := OpenParquet(parquetSample, checked, "colour"); err == nil || err.Error() != "column colour is missing, or of a type that is not read" {
		t.Errorf("error %v", err)
	}
}

// FuzzParquet reads broken files to their end or to an error, without panics and
// without more memory than a file can stand for.
func FuzzParquet(f *testing.F) {
	data, err := os.ReadFile(parquetSample)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)-20])
	f.Fuzz(func(_ *testing.T, data []byte) {
		p, err := newParquet(readerAt{bytes.NewReader(data)}, memory.DefaultAllocator, nil)
		if err != nil {
			return
		}
		defer p.Close()
		for range 1000 {
			if _, err := p.Next(); err != nil {
				return
			}
		}
	})
}

// readerAt is a file in memory.
type readerAt struct{ *bytes.Reader }
