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
	Funcs(template.FuncMap{"symbols": symbols}).
	Parse(pageHTML))

// page is what the template shows.
type page struct {
	Title     string
	CSP       string // what the browser may load: nothing but the page's own style and script
	CSS       template.CSS
	JS        template.JS
	Runs      []runLine
	Headlines []headline
	Groups    []columnGroup
	Columns   []quantityColumn
	Results   []resultRow
	Notes     []string // why values are missing
	Settings  []settingRow
	Sections  []pageSection
	Classes   []classSection
	Glossary  template.HTML
}

// runLine names a run; Short is "" for a single one.
type runLine struct{ Name, Short, Role string }

// resultRow is one split of one run.
type resultRow struct {
	Run, Role, Split string // Run is "" for a single one
	Cells            []cell
}

type pageSection struct {
	ID, Title, Lead string
	Figures         []pageFigure
}

type pageFigure struct {
	Name, Title, Caption string
	SVG                  template.HTML
	Files                []string
}

// renderPage returns the page. Everything that comes from a run passes through
// the template's escaping or, inside figures, through escapeXML.
func renderPage(runs []Run, names []string, sections []figureSection) ([]byte, error) {
	css := paletteCSS() + pageCSS
	p := page{
		Title:     pageTitle(runs),
		CSP:       fmt.Sprintf("default-src 'none'; img-src data:; style-src '%s'; script-src '%s'", hash(css), hash(pageJS)),
		CSS:       template.CSS(css),
		JS:        template.JS(pageJS),
		Headlines: headlines(runs, names),
		Groups:    columnGroups(resultColumns),
		Columns:   resultColumns,
		Settings:  settingRows(runs),
		Classes:   classSections(runs, names),
		Glossary:  template.HTML(glossaryHTML),
	}
	for i := range runs {
		p.Runs = append(p.Runs, runLine{runs[i].Name, runLabel(names, i), seriesPaint(i).role})
		for _, s := range runs[i].splits() {
			if s.result == nil {
				continue
			}
			row := resultRow{Run: runLabel(names, i), Role: seriesPaint(i).role, Split: s.name}
			for _, c := range resultColumns {
				row.Cells = append(row.Cells, c.cell(s))
			}
			p.Results = append(p.Results, row)
			for _, note := range s.result.Notes {
				p.Notes = append(p.Notes, prefixed(runLabel(names, i))+s.name+": "+note)
			}
		}
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

func newPageSection(s figureSection) pageSection {
	ps := pageSection{ID: s.id, Title: s.title, Lead: s.lead}
	for i := range s.figures {
		f := &s.figures[i]
		pf := pageFigure{Name: f.name, Title: f.title, Caption: f.caption, SVG: template.HTML(f.svg())}
		for _, extension := range []string{"svg", "png", "pdf"} {
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

func pageTitle(runs []Run) string {
	switch len(runs) {
	case 0:
		return "Report without runs"
	case 1:
		return runs[0].Name
	default:
		return fmt.Sprintf("%d runs compared", len(runs))
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

var index = regexp.MustCompile(`([Σμ])_(\w)`)

// title returns s with its first letter, if of ASCII, in upper case.
func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
