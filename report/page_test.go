package report

import (
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
)

// element is a start tag of a page.
type element struct {
	name  string
	attrs map[string]string
}

var styleOrScript = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)

// elements parses a page, which is written as well-formed XML, style and
// script apart.
func elements(t *testing.T, html []byte) []element {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(styleOrScript.ReplaceAllString(string(html), "<$1></$1>")))
	var out []element
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("page is not well-formed: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, make(map[string]string)}
			for _, a := range start.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			out = append(out, e)
		}
	}
}

// checkPage checks what holds of every page and returns its elements.
func checkPage(t *testing.T, html []byte) []element {
	t.Helper()
	all := elements(t, html)
	ids, count := make(map[string]bool), make(map[string]int)
	for _, e := range all {
		count[e.name]++
		if id, ok := e.attrs["id"]; ok {
			if ids[id] {
				t.Errorf("id %q occurs twice", id)
			}
			ids[id] = true
		}
	}
	level := 0
	for _, e := range all {
		for _, id := range strings.Fields(e.attrs["aria-labelledby"]) {
			if !ids[id] {
				t.Errorf("aria-labelledby names %q, which is not there", id)
			}
		}
		if target, ok := strings.CutPrefix(e.attrs["href"], "#"); ok && !ids[target] {
			t.Errorf("link to #%s, which is not there", target)
		}
		if e.attrs["src"] != "" {
			t.Errorf("<%s> loads %s", e.name, e.attrs["src"])
		}
		if e.attrs["style"] != "" {
			t.Errorf("<%s> has a style attribute, which the page's policy forbids", e.name)
		}
		if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
			now := int(e.name[1] - '0')
			if now > level+1 {
				t.Errorf("heading h%d follows h%d", now, level)
			}
			level = now
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["nav"] != 1 {
		t.Errorf("%d h1, %d main, %d nav, want one of each", count["h1"], count["main"], count["nav"])
	}
	if count["caption"] != count["table"] {
		t.Errorf("%d captions for %d tables", count["caption"], count["table"])
	}
	return all
}

func TestPage(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, Report{Runs: []Run{goldenRun(t, "CrossEntropy"), goldenRun(t, "LS0.1")}}); err != nil {
		t.Fatal(err)
	}
	html := read(t, filepath.Join(dir, "index.html"))
	files := 0
	for _, e := range checkPage(t, html) {
		href := e.attrs["href"]
		if e.name != "a" || strings.HasPrefix(href, "#") {
			continue
		}
		files++
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(href))); err != nil {
			t.Errorf("link to a missing file: %v", err)
		}
	}
	if files != 42 {
		t.Errorf("%d links to figure files, want 42", files)
	}
	for _, want := range []string{
		`<strong>CrossEntropy</strong>`, `<strong>LS0.1</strong>`,
		`<td class="num" data-value="84.75">84.75</td>`,
		`data-value="0.4860764777630723">0.4861</td>`,
		`data-value="44.31882129981018">44.32</td>`,
		`title="measured on the test features"`,
		`<tr class="differs"><th scope="row">loss</th>`,
		`tr` + "\u00a0" + `Σ<sub>W</sub>`,
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("page lacks %s", want)
		}
	}
}

func TestBreakable(t *testing.T) {
	if got, want := breakable("a_b/<i>"), "a_<wbr/>b/<wbr/>&lt;i&gt;"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHostileTextIsEscaped(t *testing.T) {
	const evil = `</text></svg></style></script><script>alert(1)</script><img src=x onerror="alert(2)"> & 'x' "y"`
	a := goldenRun(t, "LS0.1")
	a.Name = evil
	a.Settings = []Setting{{Name: evil, Value: evil, Idle: true}}
	a.Train.Notes = []string{evil}
	a.History[0].Extra = map[string]float64{evil: 1, "../../etc/passwd": 2}
	dir := t.TempDir()
	if err := Write(dir, Report{Runs: []Run{a, {Name: evil + "b"}}}); err != nil {
		t.Fatal(err)
	}
	scripts := 0
	for _, e := range checkPage(t, read(t, filepath.Join(dir, "index.html"))) {
		if e.name == "script" {
			scripts++
		}
		if e.name == "img" || e.attrs["onerror"] != "" {
			t.Errorf("<%s> came from a run's text", e.name)
		}
	}
	if scripts != 1 {
		t.Errorf("%d scripts, want the page's own", scripts)
	}
	figures, err := filepath.Glob(filepath.Join(dir, "figures", "*.svg"))
	if err != nil || len(figures) == 0 {
		t.Fatal("no figures", err)
	}
	for _, f := range figures {
		checkSVG(t, f)
	}
}

func TestMissingValuesSayWhy(t *testing.T) {
	r := &metrics.Result{Notes: []string{"no logits: nc1_logits and ece are undefined", "one class: nc1 is undefined"}}
	for _, f := range []*metrics.Float{&r.NC1, &r.NC1Logits, &r.ECE, &r.NC2ETF, &r.Memorization.Mean} {
		if err := f.UnmarshalJSON([]byte("null")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ key, want string }{
		{"nc1", "one class: nc1 is undefined"},
		{"nc1_logits", "no logits: nc1_logits and ece are undefined"},
		{"nc2_etf", "no logits: nc1_logits and ece are undefined; one class: nc1 is undefined"},
		{"memorization.mean", "no corrupted samples"},
	} {
		got := columnOf(c.key).cell(split{name: "train", result: r})
		if got.Text != "–" || got.Note != c.want || got.Sort != "" {
			t.Errorf("%s: %+v, want – with note %q", c.key, got, c.want)
		}
	}
}

// TestNoTemporaryFolder draws where the PDF library can write no fonts: an error,
// not a crash. A process of its own does, since the library keeps fonts that
// other tests have made.
func TestNoTemporaryFolder(t *testing.T) {
	const alone = "MEMDIL_TEST_NO_TEMPORARY_FOLDER"
	if dir := os.Getenv(alone); dir != "" {
		err := Write(filepath.Join(dir, "report"), Report{Runs: []Run{goldenRun(t, "CrossEntropy")}})
		if err == nil || !strings.Contains(err.Error(), "is there room in "+os.TempDir()+"?") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
		return
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNoTemporaryFolder$")
	child.Env = append(os.Environ(), alone+"="+dir, "TMPDIR="+filepath.Join(dir, "none"))
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
