package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// isFolder reports whether path is a folder.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// oneLine returns a name as a table is to hold it: as it is, in quotes where
// blanks or line breaks would spoil the table.
func oneLine(name string) string {
	if quoted := strconv.Quote(name); strings.ContainsAny(name, " ") || quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

// saveModel writes a model that a command made, and says so.
func saveModel(stderr io.Writer, path string, m *graphs.Model) error {
	if err := graphs.Save(path, m); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stderr, "wrote %s: %s, %s, %s\n", path,
		count(len(m.Graph.Nodes), "node"), count(len(m.Graph.Inputs), "input"), count(len(m.Graph.Outputs), "output"))
	return err
}
