package arrowfile

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/renameio/v2"
)

// Format is a kind of file that tables are written as, beside Arrow.
type Format string

const (
	// Parquet files have the columns of the Arrow file.
	Parquet Format = "parquet"
	// CSV files have a line of names; a vector of a column v is spread over
	// columns v_0, v_1, …; nulls are empty.
	CSV Format = "csv"
	// NPY is numpy's format: one file a column of numbers or of vectors of
	// one width, NAME.COLUMN.npy. A null is NaN, or -1 among integers.
	NPY Format = "npy"
)

// Formats are all of them.
var Formats = []Format{Parquet, CSV, NPY}

// ParseFormats reads a list of formats, separated by commas; "" is none.
func ParseFormats(list string) ([]Format, error) {
	var formats []Format
	for name := range strings.SplitSeq(list, ",") {
		f := Format(strings.ToLower(strings.TrimSpace(name)))
		switch {
		case f == "":
		case !slices.Contains(Formats, f):
			return nil, fmt.Errorf("unknown format %q: one of %s, %s or %s", name, Parquet, CSV, NPY)
		case !slices.Contains(formats, f):
			formats = append(formats, f)
		}
	}
	return formats, nil
}

// tableWriter writes the records of one table.
type tableWriter interface {
	write(arrow.Record) error
	// commit gives the files their names; it or abort ends the writer.
	commit() error
	abort()
}

// Convert writes the Arrow file at path in the formats, beside it: NAME.parquet
// and so on for NAME.arrow. It holds one record batch at a time. The files appear
// when they are whole.
func Convert(path string, formats ...Format) error {
	for _, f := range formats {
		if err := convert(path, f); err != nil {
			return fmt.Errorf("writing %s as %s: %w", path, f, err)
		}
	}
	return nil
}

func convert(path string, f Format) error {
	r, err := Open(path, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	defer r.Close()
	base := strings.TrimSuffix(path, filepath.Ext(path))
	var w tableWriter
	switch f {
	case Parquet:
		w, err = newParquetWriter(base, r.Schema())
	case CSV:
		w, err = newCSVWriter(base)
	case NPY:
		w = &npyWriter{base: base}
	}
	if err != nil {
		return err
	}
	defer w.abort()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w.commit()
		}
		if err != nil {
			return err
		}
		if err := Protect(func() error { return w.write(rec) }); err != nil {
			return err
		}
	}
}

// pending opens the temporary file beside path.
func pending(path string) (*renameio.PendingFile, error) {
	return renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithPermissions(0o644))
}
