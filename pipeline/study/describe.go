package study

import (
	"maps"
	"slices"
	"strings"
)

// SpaceLines describes what is searched, a line a setting.
func (p *Plan) SpaceLines() []string {
	var lines []string
	flat := p.flat()
	for _, key := range slices.Sorted(maps.Keys(flat)) {
		if name, ok := strings.CutPrefix(key, "search.space."); ok {
			lines = append(lines, name+": "+flat[key])
		}
	}
	return lines
}

// CellLines names the cells of the grid.
func (p *Plan) CellLines() []string {
	var lines []string
	for i := range p.Cells {
		if label := p.Label(&p.Cells[i]); label != "" {
			lines = append(lines, label)
		}
	}
	return lines
}
