package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

var (
	//go:embed assets/page.html
	pageHTML string
	//go:embed assets/glossary.html
	glossaryHTML string
	//go:embed assets/page.css
	pageCSS string
	//go:embed assets/page.js
	pageJS string
)

var pageTemplate = template.Must(template.New("page").
	Funcs(template.FuncMap{"symbols": symbols, "breakable": breakable}).
	Parse(pageHTML))

// page is what the template shows.
type page struct {
	Title     string
	CSP       string // what the browser may load: nothing but the page's own style and script
	CSS       template.CSS
	JS        template.JS
	Lead      []string // sentences below the title
	Single    bool     // one run
	Series    []seriesLine
	Headlines []headline
	Groups    []columnGroup
	Columns   []quantityColumn
	Results   []resultTable
	Runs      *runTable
	Notes     []string // why values are missing
	Heads     []string // of the settings' columns
	Settings  []settingRow
	Sections  []pageSection
	Measures  *measureTable
	Classes   []classSection
	Glossary  template.HTML
}

// seriesLine names a series: a run by its UID, or a group by its size.
type seriesLine struct{ Name, Detail, Link, Role string }

// resultTable has every metric of runs or groups.
type resultTable struct {
	Caption string
	Label   string // for assistive technology
	Head    string // of the first column; "" for a single run
	Summary string // what opens the table; "" for one that is always open
	Rows    []resultRow
}

// resultRow is one split of one run or group.
type resultRow struct {
	Run, Role, Split string // Run is "" for a single one
	Cells            []cell
}

type pageSection struct {
	ID, Title, Lead string
	Figures         []pageFigure
	Noise           *noiseTable // nil for none
}

type pageFigure struct {
	Name, Title, Caption string
	SVG                  template.HTML
	Files                []string
}

// renderPage returns the page. Everything that comes from a run passes through
// the template's escaping or, inside figures, through escapeXML.
func renderPage(r Report, c *comparison, sections []figureSection) ([]byte, error) {
	css := paletteCSS() + pageCSS
	p := page{
		Title:     pageTitle(r),
		CSP:       fmt.Sprintf("default-src 'none'; img-src data:; style-src '%s'; script-src '%s'", hash(css), hash(pageJS)),
		CSS:       template.CSS(css),
		JS:        template.JS(pageJS),
		Lead:      r.Notes,
		Single:    len(c.runs) == 1,
		Series:    seriesLines(c),
		Headlines: headlines(c),
		Groups:    columnGroups(resultColumns),
		Columns:   resultColumns,
		Results:   resultTables(c),
		Runs:      runTableOf(c),
		Notes:     missingNotes(c),
		Measures:  measureTableOf(c),
		Glossary:  template.HTML(glossaryHTML),
	}
	p.Heads, p.Settings = settingsTable(c)
	if len(c.runs) <= fewRuns {
		p.Classes = classSections(c)
	}
	for _, s := range sections {
		p.Sections = append(p.Sections, newPageSection(s))
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// seriesLines says what is compared; nothing for a single run or for many.
func seriesLines(c *comparison) []seriesLine {
	if len(c.runs) == 1 || len(c.series) > maxTiles {
		return nil
	}
	var lines []seriesLine
	for i, s := range c.series {
		line := seriesLine{Name: s.name, Role: seriesPaint(i).role}
		if r := c.runs[s.runs[0]]; len(s.runs) == 1 {
			line.Detail, line.Link = r.Name, r.Link
		} else {
			line.Detail = countOf(len(s.runs), "run", "runs")
		}
		lines = append(lines, line)
	}
	return lines
}

// resultTables returns the table of the groups, if there are any, and that of
// the runs.
func resultTables(c *comparison) []resultTable {
	var tables []resultTable
	if c.grouped() {
		t := resultTable{Head: "Group", Label: "Results of the groups",
			Caption: "Means over the runs of each group ± sample standard deviation (n − 1)."}
		for i, s := range c.series {
			for _, split := range splitNames {
				row := resultRow{Run: s.name, Role: seriesPaint(i).role, Split: split}
				for _, column := range resultColumns {
					row.Cells = append(row.Cells, column.seriesCell(c, s, split))
				}
				t.Rows = append(t.Rows, row)
			}
		}
		tables = append(tables, t)
	}
	t := resultTable{Label: "Result table",
		Caption: "All metrics by run and split. A dash means that there is no value; point at it for the reason."}
	if len(c.runs) > 1 {
		t.Head = "Run"
	}
	if len(tables) > 0 || len(c.runs) > fewRuns {
		t.Summary = fmt.Sprintf("All metrics of all %d runs", len(c.runs))
	}
	for i := range c.runs {
		for _, s := range c.runs[i].splits() {
			if s.result == nil {
				continue
			}
			row := resultRow{Run: c.label(i), Role: seriesPaint(c.of[i]).role, Split: s.name}
			for _, column := range resultColumns {
				row.Cells = append(row.Cells, column.cell(s))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if len(c.runs) > manyRuns {
		return tables // the table of runs has what matters of each
	}
	return append(tables, t)
}

// missingNotes says why values are missing, each reason once with the runs
// that it is of; of many runs only how many.
func missingNotes(c *comparison) []string {
	var order []string
	of := make(map[string][]string)
	for i := range c.runs {
		for _, s := range c.runs[i].splits() {
			if s.result == nil {
				continue
			}
			for _, note := range s.result.Notes {
				note = s.name + ": " + note
				if of[note] == nil {
					order = append(order, note)
				}
				of[note] = append(of[note], c.label(i))
			}
		}
	}
	notes := make([]string, len(order))
	for i, note := range order {
		switch who := of[note]; {
		case len(c.runs) == 1:
			notes[i] = note
		case len(who) <= fewRuns:
			notes[i] = strings.Join(who, ", ") + ": " + note
		default:
			notes[i] = fmt.Sprintf("%d runs: %s", len(who), note)
		}
	}
	return notes
}

func newPageSection(s figureSection) pageSection {
	ps := pageSection{ID: s.id, Title: s.title, Lead: s.lead, Noise: s.noise}
	for i := range s.figures {
		f := &s.figures[i]
		pf := pageFigure{Name: f.name, Title: f.title, Caption: f.caption, SVG: template.HTML(f.svg())}
		for _, extension := range figureFormats {
			pf.Files = append(pf.Files, figuresDir+"/"+f.name+"."+extension)
		}
		ps.Figures = append(ps.Figures, pf)
	}
	return ps
}

// Extension returns the format of a figure's file, in capitals.
func (pageFigure) Extension(file string) string {
	return strings.ToUpper(file[strings.LastIndexByte(file, '.')+1:])
}

func pageTitle(r Report) string {
	switch {
	case r.Title != "":
		return r.Title
	case len(r.Runs) == 0:
		return "Report without runs"
	case len(r.Runs) == 1:
		return r.Runs[0].Name
	default:
		return fmt.Sprintf("%d runs compared", len(r.Runs))
	}
}

// Differs reports whether any setting differs between the runs.
func (p page) Differs() bool {
	return slices.ContainsFunc(p.Settings, func(r settingRow) bool { return r.Differs })
}

// hash returns the source expression by which a content security policy
// admits an inline style or script.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// symbols escapes s and sets the indices of Σ_W, μ_k and their like.
func symbols(s string) template.HTML {
	return template.HTML(index.ReplaceAllString(template.HTMLEscapeString(s), "$1<sub>$2</sub>"))
}

// breakable escapes s and lets a line end within it: a run's name has no blanks.
func breakable(s string) template.HTML {
	return template.HTML(joint.ReplaceAllString(template.HTMLEscapeString(s), "$0<wbr/>"))
}

var joint = regexp.MustCompile(`[_/,]`)

// plain writes Σ_W as ΣW, for figures, whose text has no indices.
func plain(s string) string { return index.ReplaceAllString(s, "$1$2") }

var index = regexp.MustCompile(`([Σμ])_(\w)`)

// title returns s with its first letter, if of ASCII, in upper case; tr, the
// trace, stays as it is.
func title(s string) string {
	if s == "" || strings.HasPrefix(s, "tr\u00a0") || strings.HasPrefix(s, "tr ") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
