//go:build !unix

package datasets

import "os"

// mapFile reads a file where files cannot be mapped.
func mapFile(path string) (*mapping, error) {
	data, err := os.ReadFile(path)
	return &mapping{data: data}, err
}
