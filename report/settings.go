package report

// settingRow is one setting over the runs of a report.
type settingRow struct {
	Name    string
	Values  []string
	Differs bool
}

// settingRows joins the settings of all runs by name, those in which runs
// differ first, else in the order of the first run that has them.
func settingRows(runs []Run) []settingRow {
	var order []string
	values := make(map[string][]string)
	for i, r := range runs {
		for _, s := range r.Settings {
			if values[s.Name] == nil {
				values[s.Name] = make([]string, len(runs))
				order = append(order, s.Name)
			}
			values[s.Name][i] = s.Value
		}
	}
	var differing, same []settingRow
	for _, name := range order {
		row := settingRow{Name: name, Values: values[name]}
		for _, v := range row.Values {
			row.Differs = row.Differs || v != row.Values[0]
		}
		if row.Differs {
			differing = append(differing, row)
		} else {
			same = append(same, row)
		}
	}
	return append(differing, same...)
}
