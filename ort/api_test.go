package ort_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlacesInTheAPI compares the places that api.c gives the functions of OrtApi with those the C compiler finds in the header.
func TestPlacesInTheAPI(t *testing.T) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yalue/onnxruntime_go").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("api.c")
	if err != nil {
		t.Fatal(err)
	}
	places := regexp.MustCompile(`at_(\w+) = (\d+),`).FindAllSubmatch(source, -1)
	if len(places) < 10 {
		t.Fatalf("found %d places in api.c", len(places))
	}
	program := "#include <stddef.h>\n#include <onnxruntime_c_api.h>\n"
	for _, p := range places {
		program += fmt.Sprintf("_Static_assert(offsetof(OrtApi, %s) == %s * sizeof(void *), \"%s\");\n", p[1], p[2], p[1])
	}
	file := filepath.Join(t.TempDir(), "places.c")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	compiler, err := exec.Command("go", "env", "CC").Output() // which has compiled this test
	if err != nil {
		t.Fatal(err)
	}
	command := append(strings.Fields(string(compiler)), "-fsyntax-only", "-I", strings.TrimSpace(string(module)), file)
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
