package arrowfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestManyBuffers reads a table of many columns of zeros, each of which unpacks
// to no more than a column may, and all together to more than a file may.
func TestManyBuffers(t *testing.T) {
	defer func(n int) { minTotalLimit = n }(minTotalLimit)
	const rows, columns = 1 << 17, 40
	path := filepath.Join(t.TempDir(), "zeros.arrow")
	writeZeros(t, path, rows, columns)
	if info, err := os.Stat(path); err != nil || info.Size()*maxCompression > 8*rows*columns/2 {
		t.Fatalf("the file has %d bytes, %v", info.Size(), err)
	}
	if err := firstBatch(path); err != nil {
		t.Error(err)
	}
	minTotalLimit = 1 << 20
	if err := firstBatch(path); err == nil || !strings.Contains(err.Error(), "its buffers claim ") {
		t.Errorf("error %v", err)
	}
}

// firstBatch reads the first record batch of a file.
func firstBatch(path string) error {
	r, err := Open(path, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = r.Next()
	return err
}

// writeZeros writes one compressed record batch.
func writeZeros(t *testing.T, path string, rows, columns int) {
	t.Helper()
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(make([]int64, rows), nil)
	zeros := b.NewArray()
	var fields []arrow.Field
	var arrays []arrow.Array
	for i := range columns {
		fields, arrays = append(fields, arrow.Field{Name: fmt.Sprint(i), Type: zeros.DataType()}), append(arrays, zeros)
	}
	schema := arrow.NewSchema(fields, nil)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema), ipc.WithZstd())
	if err == nil {
		err = w.Write(array.NewRecord(schema, arrays, int64(rows)))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
