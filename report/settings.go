package report

// settingRow is one setting over the runs of a report.
type settingRow struct {
	Name    string
	Values  []settingValue
	Differs bool // between runs that it has an effect on
}

type settingValue struct {
	Text string // "" where the setting is empty or missing
	Idle bool
}

// settingsTable returns the settings with the heads of their columns: one a
// run, or, of many runs, one with what they have in common.
func settingsTable(c *comparison) (heads []string, rows []settingRow) {
	rows = settingRows(c.runs)
	switch {
	case len(c.runs) == 1:
		return []string{"Value"}, rows
	case len(c.runs) <= fewRuns:
		return c.names, rows
	}
	for i, row := range rows {
		if row.Differs {
			rows[i].Values = []settingValue{{Text: "differs"}}
		} else {
			rows[i].Values = rows[i].Values[:1]
		}
	}
	return []string{"All runs"}, rows
}

// settingRows joins the settings of all runs by name, those in which runs
// differ first, else in the order of the first run that has them.
func settingRows(runs []Run) []settingRow {
	var order []string
	values := make(map[string][]settingValue)
	for i, r := range runs {
		for _, s := range r.Settings {
			if values[s.Name] == nil {
				values[s.Name] = make([]settingValue, len(runs))
				order = append(order, s.Name)
			}
			values[s.Name][i] = settingValue{s.Value, s.Idle}
		}
	}
	var differing, same []settingRow
	for _, name := range order {
		row := settingRow{Name: name, Values: values[name], Differs: differs(values[name])}
		if row.Differs {
			differing = append(differing, row)
		} else {
			same = append(same, row)
		}
	}
	return append(differing, same...)
}

// differs reports whether the values that have an effect are not all the same.
func differs(values []settingValue) bool {
	first := -1
	for i, v := range values {
		switch {
		case v.Idle:
		case first < 0:
			first = i
		case v.Text != values[first].Text:
			return true
		}
	}
	return false
}
