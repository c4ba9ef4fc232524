package executor

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"time"
)

// packedProgram is the program's name in the package.
const packedProgram = "memdil"

// ship uploads the program, unless the cluster has it, and remembers where.
func (r *Ray) ship(ctx context.Context) error {
	if r.uri != "" {
		return nil
	}
	data, err := packed(r.o.Program)
	if err != nil {
		return fmt.Errorf("ray: packing the program: %w", err)
	}
	name := fmt.Sprintf("_ray_pkg_%x.zip", sha256.Sum256(data))
	path := "/api/packages/gcs/" + name
	status, _, err := r.call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		status, text, err := r.call(ctx, http.MethodPut, path, "application/octet-stream", data)
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("ray: uploading the program: %w", refusal(status, text))
		}
	}
	r.uri = "gcs://" + name
	return nil
}

// packed returns a zip file with the program, which may be executed. The same
// program gives the same bytes.
func packed(program string) ([]byte, error) {
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: packedProgram, Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
