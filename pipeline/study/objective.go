package study

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// Objective is what a search maximises or minimises: a column of the history
// after the last epoch, or a value of metrics.json.
type Objective struct {
	Name     string // such as val_loss, or test.nc1
	Minimise bool
}

// defaultObjective is the original's.
const defaultObjective = "val_accuracy"

// parseObjective reads a name with a minus sign before what is minimised.
func parseObjective(text string) (Objective, error) {
	if text == "" {
		text = defaultObjective
	}
	name, minus := strings.CutPrefix(text, "-")
	o := Objective{name, minus}
	if !o.byEpoch() && !inMetrics.MatchString(name) {
		return o, hinted("search.objective", "unknown objective "+text,
			"take train_loss, train_accuracy, val_loss or val_accuracy, or a value of metrics.json such as test.accuracy_top1; a minus sign before it minimises it")
	}
	if strings.HasSuffix(name, "_loss") && !minus {
		return o, hinted("search.objective", "a search for the largest "+name, "write -"+name+" to minimise it")
	}
	return o, nil
}

var inMetrics = regexp.MustCompile(`^(train|test)(\.[a-z0-9_]+)+$`)

// historyColumns are the columns of metrics.jsonl that a search may go by.
var historyColumns = []string{"train_loss", "train_accuracy", "val_loss", "val_accuracy"}

// byEpoch reports whether the objective is known after every epoch.
func (o Objective) byEpoch() bool {
	return slices.Contains(historyColumns, o.Name)
}

// validates reports whether the objective is of the validation samples.
func (o Objective) validates() bool { return strings.HasPrefix(o.Name, "val_") }

// String is the objective as study files have it.
func (o Objective) String() string {
	if o.Minimise {
		return "-" + o.Name
	}
	return o.Name
}

// loss turns a value into what is minimised; NaN stays NaN.
func (o Objective) loss(value float64) float64 {
	if o.Minimise || math.IsNaN(value) {
		return value
	}
	return -value
}
