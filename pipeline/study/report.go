package study

import "github.com/memdil/memdil/pipeline"

// Report writes the report of a study to a folder.
func Report(to, dir string) error {
	if _, err := Open(dir); err != nil {
		return err
	}
	return pipeline.Report(to, dir)
}
