package main

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/pipeline/settings"
)

const introduction = `# Settings

<!-- Written by go generate ./pipeline/settings from the table of settings; do not edit. -->

Each setting is a flag of ` + "`memdil run`" + ` and a key of ` + "`[experiment]`" + ` in experiment.toml:

` + "```" + `
memdil run --label_noise 0.2 --use_bn
` + "```" + `
` + "```toml" + `
[experiment]
label_noise = 0.2
use_bn = true
` + "```" + `

Names may be written with hyphens or underscores; case does not count, nor does it in values that are one of a few.
A run is named after its settings, as the original names it. With the defaults:

` + "```" + `
%s
` + "```" + `

Settings marked UID are part of that name. Settings marked "results" are what results depend on: a run folder of the same name
whose data or training differ in one of them is refused, with the differences; later stages run again.
`

// sections are the headings of the page, by the stage of their settings.
var sections = []struct {
	stage settings.Stage
	title string
}{
	{settings.StageData, "Data"},
	{settings.StageTrain, "Model and training"},
	{settings.StageExport, "Export of features"},
	{settings.StageMetrics, "Metrics"},
	{"", "Run folder"},
}

// page returns docs/settings.md.
func page() string {
	var b strings.Builder
	fmt.Fprintf(&b, introduction, settings.Defaults().UID())
	for _, section := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n| setting | default | meaning | |\n|---|---|---|---|\n", section.title)
		for _, s := range settings.Table() {
			if s.Stage == section.stage && s.Obsolete == "" {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", names(s), byDefault(s), meaning(s), marks(s))
			}
		}
	}
	b.WriteString("\n## Of the original, without effect\n\n| setting | why |\n|---|---|\n")
	for _, s := range settings.Table() {
		if s.Obsolete != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", names(s), s.Obsolete)
		}
	}
	return b.String()
}

func names(s settings.Setting) string {
	name := code(s.Name)
	for _, a := range s.Aliases {
		name += " or " + code(a)
	}
	return name
}

func byDefault(s settings.Setting) string {
	if s.Default == "" {
		return ""
	}
	return strings.TrimSpace(code(s.Default) + " " + s.Unit)
}

func meaning(s settings.Setting) string {
	text := s.Help
	if values := s.Values(); len(values) > 1 {
		for i, v := range values {
			values[i] = code(v)
		}
		text += "; one of " + strings.Join(values, ", ")
	}
	if s.Needs != "" {
		text += " (only with " + code(s.Needs) + ")"
	}
	return text
}

func marks(s settings.Setting) string {
	var marks []string
	if s.InUID() {
		marks = append(marks, "UID")
	}
	if s.Hashed {
		marks = append(marks, "results")
	}
	return strings.Join(marks, ", ")
}

func code(text string) string { return "`" + text + "`" }
