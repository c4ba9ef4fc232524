package report

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// browser returns the path of Chromium, or skips; with chromium in
// MEMDIL_REQUIRE a missing browser is a failure.
func browser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the page is not tried in a real browser in short mode")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if slices.Contains(strings.Split(os.Getenv("MEMDIL_REQUIRE"), ","), "chromium") {
		t.Fatal("Chromium is not installed, and MEMDIL_REQUIRE asks for it")
	}
	t.Skip("Chromium is not installed: the page is not tried in a real browser")
	return ""
}

// browse runs Chromium without a window on a page and returns what it wrote.
func browse(t *testing.T, page string, args ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
		"--user-data-dir=" + t.TempDir(), "--disable-background-networking"}, args...)
	cmd := exec.CommandContext(ctx, browser(t), append(args, (&url.URL{Scheme: "file", Path: page}).String())...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("message on the browser's console: %s", line)
		}
	}
	return out.String(), log.String()
}

func writtenPage(t *testing.T, runs ...Run) string {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, Report{Runs: runs}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "index.html")
}

// TestInBrowser opens the page as it is: its script runs under its own content
// policy, nothing is reported on the console, and light and dark are both
// drawn. With MEMDIL_SCREENSHOTS the pictures are kept in that folder.
func TestInBrowser(t *testing.T) {
	browser(t)
	page := writtenPage(t, goldenRun(t, "CrossEntropy"), goldenRun(t, "LS0.1"))
	dom, _ := browse(t, page, "--dump-dom")
	if got := strings.Count(dom, `<button type="button">`); got < len(resultColumns) {
		t.Errorf("%d headings sort, want at least %d: the script did not run", got, len(resultColumns))
	}
	for _, c := range []struct {
		name  string
		width string
		args  []string
		want  string
	}{
		{"light", "1200", nil, "#f6f8fa"},
		{"dark", "1200", []string{"--blink-settings=preferredColorScheme=0"}, "#0d1117"},
		{"phone", "390", nil, "#f6f8fa"},
	} {
		path := filepath.Join(t.TempDir(), c.name+".png")
		if dir := os.Getenv("MEMDIL_SCREENSHOTS"); dir != "" {
			path = filepath.Join(dir, c.name+".png")
		}
		browse(t, page, append(c.args, "--window-size="+c.width+",1800", "--force-device-scale-factor=2", "--screenshot="+path)...)
		img, err := png.Decode(bytes.NewReader(read(t, path)))
		if err != nil {
			t.Fatal(err)
		}
		if got := color.NRGBAModel.Convert(img.At(2, 2)); got != (paint{light: c.want}).color() {
			t.Errorf("%s: the page's colour is %v, want %s", c.name, got, c.want)
		}
		checkFiguresShow(t, c.name, img, c.name == "dark")
	}
}

// checkFiguresShow looks for the colour of corrupted samples' glyphs, which is
// only in figures, in the shade of the scheme.
func checkFiguresShow(t *testing.T, name string, img image.Image, dark bool) {
	t.Helper()
	want := paint{light: corrupt.light}
	if dark {
		want.light = corrupt.dark
	}
	wanted, found := want.color(), 0
	for x := range img.Bounds().Dx() {
		for y := range img.Bounds().Dy() {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			if near(c.R, wanted.R) && near(c.G, wanted.G) && near(c.B, wanted.B) {
				found++
			}
		}
	}
	if found < 20 {
		t.Errorf("%s: %d pixels in the colour of corrupted samples: no scatter figure is seen", name, found)
	}
}

func near(a, b uint8) bool { return max(a, b)-min(a, b) < 40 }

// probe sorts the result table and reports what became of it and of the layout.
const probe = `<script>
const table = document.querySelector("table.sortable");
const head = (n) => table.tHead.querySelectorAll("th[scope=col]")[n];
const button = (n) => head(n).querySelector("button");
const column = (n) => Array.from(table.tBodies[0].rows, (r) => r.cells[n].textContent.trim()).join(" ");
const out = [];
button(2).click();
out.push("up=" + column(2), "aria=" + head(2).getAttribute("aria-sort"));
button(2).click();
out.push("down=" + column(2), "aria=" + head(2).getAttribute("aria-sort"));
button(1).click();
out.push("text=" + column(1), "aria=" + head(2).getAttribute("aria-sort"));
out.push("wide=" + (document.documentElement.scrollWidth - innerWidth));
document.body.append(Object.assign(document.createElement("output"), { textContent: out.join(";") }));
</script></body>`

// probedPage writes a page of two runs whose policy admits the probe in it.
func probedPage(t *testing.T, probe string) string {
	t.Helper()
	return probed(t, writtenPage(t, goldenRun(t, "CrossEntropy"), goldenRun(t, "LS0.1")), probe)
}

// probed puts a probe into a page and returns its path.
func probed(t *testing.T, page, probe string) string {
	t.Helper()
	html := regexp.MustCompile(`<meta http-equiv=[^>]*>`).ReplaceAllString(string(read(t, page)), "")
	html = strings.Replace(html, "</body>", probe, 1)
	if err := os.WriteFile(page, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	return page
}

// output returns what the page's probe found.
func output(t *testing.T, page, window string, args ...string) string {
	t.Helper()
	dom, _ := browse(t, page, append(args, "--window-size="+window, "--virtual-time-budget=2000", "--dump-dom")...)
	_, rest, _ := strings.Cut(dom, "<output>")
	got, _, _ := strings.Cut(rest, "</output>")
	return got
}

// TestSortingInBrowser presses the headings on a phone's width.
func TestSortingInBrowser(t *testing.T) {
	browser(t)
	page := probedPage(t, probe)
	got := output(t, page, "390,844")
	want := "up=81.00 81.00 84.75 84.75;aria=ascending;down=84.75 84.75 81.00 81.00;aria=descending;text=test test train train;aria=null;wide=0"
	if got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
}

// studyRuns are repetitions under five noise degrees, enough of them for the
// table of runs.
func studyRuns(t *testing.T) []Run {
	var runs []Run
	for _, noise := range []string{"0.3", "0.1", "0.2", "0", "0.25"} {
		for _, seed := range []string{"1", "2"} {
			r := goldenRun(t, "LS0.1")
			r.Name = "trial_" + noise + "_" + seed
			r.Settings = []Setting{{Name: "loss", Value: "LS"}, {Name: "label_noise", Value: noise}, {Name: "seed", Value: seed, Repeats: true}}
			runs = append(runs, r)
		}
	}
	return runs
}

// studyProbe sorts the table of runs by a setting, and tells what the keyboard
// reaches and whether the page is wider than its window.
const studyProbe = `<script>
setTimeout(() => {
  const table = document.querySelector("table.overview");
  const heads = Array.from(table.tHead.querySelectorAll("th[scope=col]"));
  const noise = heads.findIndex((h) => h.textContent.includes("label_noise"));
  const button = heads[noise].querySelector("button");
  button.focus();
  document.activeElement.click();
  const values = Array.from(table.tBodies[0].rows, (r) => r.cells[noise].textContent.trim());
  const closed = Array.from(document.querySelectorAll("details")).filter((d) => !d.open);
  document.querySelector("summary").click();
  const out = ["noise=" + values.join(" "), "focus=" + (document.activeElement === button),
    "closed=" + (closed.length > 0), "opened=" + document.querySelector("details").open,
    "wide=" + (document.documentElement.scrollWidth - innerWidth)];
  document.body.append(Object.assign(document.createElement("output"), { textContent: out.join(";") }));
}, 300);
</script></body>`

// TestStudyInBrowser opens the page of a study at a phone's and at a desk's
// width, in the dark, and prints it.
func TestStudyInBrowser(t *testing.T) {
	browser(t)
	page := writtenPage(t, studyRuns(t)...)
	pdf := filepath.Join(t.TempDir(), "page.pdf")
	browse(t, page, "--print-to-pdf="+pdf)
	if data := read(t, pdf); !bytes.HasPrefix(data, []byte("%PDF-")) || len(data) < 50_000 {
		t.Errorf("printed to %d bytes that begin %.10q", len(data), data)
	}
	probed(t, page, studyProbe)
	want := "noise=0 0 0.1 0.1 0.2 0.2 0.25 0.25 0.3 0.3;focus=true;closed=true;opened=true;wide=0"
	for _, window := range []string{"390,844", "1280,800"} {
		if got := output(t, page, window, "--blink-settings=preferredColorScheme=0"); got != want {
			t.Errorf("%s: the page says %q, want %q", window, got, want)
		}
	}
}

// widthProbe reports, after the page's own observers ran, whether the result
// table is wider than its place, and whether the page says so.
const widthProbe = `<script>
setTimeout(() => {
  const box = document.querySelector(".scroll");
  const out = ["scrolls=" + (box.scrollWidth > box.clientWidth), "hint=" + (box.previousElementSibling.offsetHeight > 0), "tab=" + box.tabIndex];
  document.body.append(Object.assign(document.createElement("output"), { textContent: out.join(";") }));
}, 500);
</script></body>`

// TestResultTableFitsOrSaysThatItScrolls wants all columns of two runs in
// sight on a small notebook, and a word about the others on a phone.
func TestResultTableFitsOrSaysThatItScrolls(t *testing.T) {
	browser(t)
	page := probedPage(t, widthProbe)
	for window, want := range map[string]string{
		"1280,800": "scrolls=false;hint=false;tab=-1",
		"390,844":  "scrolls=true;hint=true;tab=0",
	} {
		got := ""
		for range 5 { // a loaded machine may be late with the page's observers
			if got = output(t, page, window); got == want {
				break
			}
		}
		if got != want {
			t.Errorf("%s: the page says %q, want %q", window, got, want)
		}
	}
}
