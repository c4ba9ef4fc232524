package cli

import (
	"fmt"
	"io"

	"github.com/memdil/memdil/graphs"
)

// saveModel writes a model that a command made, and says so.
func saveModel(stderr io.Writer, path string, m *graphs.Model) error {
	if err := graphs.Save(path, m); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stderr, "wrote %s: %s, %s, %s\n", path,
		count(len(m.Graph.Nodes), "node"), count(len(m.Graph.Inputs), "input"), count(len(m.Graph.Outputs), "output"))
	return err
}
