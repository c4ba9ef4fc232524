package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures"
)

func TestData(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "mnist"), fixtures.MNIST01()); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.CopyFS(filepath.Join(broken, "mnist"), fixtures.MNIST01()); err != nil {
		t.Fatal(err)
	}
	labels := filepath.Join(broken, "mnist", "t10k-labels-idx1-ubyte.gz")
	if err := os.Truncate(labels, 40); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		fails  bool
		stdout string
		stderr string
	}{
		{[]string{"list"}, false, "fashionmnist    10       31 MB", ""},
		{[]string{"verify", "--data-dir", dir, "MNIST"}, false, "t10k-labels-idx1-ubyte.gz   readable, with another checksum", ""},
		{[]string{"fetch", "--data_dir", dir, "mnist"}, false, filepath.Join(dir, "mnist") + "\n", ""},
		{[]string{"verify", "--data-dir", broken, "mnist"}, true, "t10k-labels-idx1-ubyte.gz   broken", "t10k-labels-idx1-ubyte.gz"},
		{[]string{"verify", "--data-dir", t.TempDir(), "mnist"}, true, "missing", "memdil data fetch mnist"},
		{[]string{"verify", "--data-dir", dir}, false, "t10k-labels-idx1-ubyte.gz   readable, with another checksum", ""},
		{[]string{"verify", "--data-dir", broken}, true, "t10k-labels-idx1-ubyte.gz   broken", "t10k-labels-idx1-ubyte.gz"},
		{[]string{"verify", "--data-dir", t.TempDir()}, true, "", "there is no data set in the data directory"},
		{[]string{"verify", "folder:" + dir + "/none"}, true, "", "no such file"},
		{[]string{"verify", "emnist"}, true, "", "memdil: unknown data set \"emnist\""},
		{[]string{"fetch"}, true, "", "the data set's NAME is missing"},
	} {
		var stdout, stderr bytes.Buffer
		err := Run(context.Background(), append([]string{"memdil", "data"}, c.args...), &stdout, &stderr)
		if (err != nil) != c.fails || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("%q: error %v, printed %q and %q", c.args, err, stdout.String(), stderr.String())
		}
	}
}
