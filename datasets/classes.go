package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SelectClasses returns the published labels of a list of classes, each given by
// its name or its number, from 0, in a data set with the given class names. A
// name counts before a number. Errors are *[OptionError].
func SelectClasses(classNames, list []string) ([]int32, error) {
	var labels []int32
	for _, want := range list {
		label, err := findClass(classNames, want)
		if err != nil {
			return nil, err
		}
		if slices.Contains(labels, label) {
			return nil, badOption("class_list", "class %s is in it twice", want)
		}
		labels = append(labels, label)
	}
	if len(labels) < 2 {
		return nil, badOption("class_list", "%s: at least 2 classes are needed", strings.Join(list, ","))
	}
	return labels, nil
}

// findClass returns the published label of one class.
func findClass(classNames []string, want string) (int32, error) {
	if i := slices.Index(classNames, want); i >= 0 {
		return int32(i), nil
	}
	if i := slices.IndexFunc(classNames, func(name string) bool { return strings.EqualFold(name, want) }); i >= 0 {
		return int32(i), nil
	}
	n, err := strconv.Atoi(want)
	if err == nil && n >= 0 && n < len(classNames) {
		return int32(n), nil
	}
	return 0, badOption("class_list", "there is no class %q; there are %s", want, listed(classNames))
}

// listed enumerates class names with their numbers, the first few of many.
func listed(classNames []string) string {
	const most = 12
	var parts []string
	for i, name := range classNames[:min(most, len(classNames))] {
		if name == strconv.Itoa(i) {
			parts = append(parts, name)
		} else {
			parts = append(parts, fmt.Sprintf("%d (%s)", i, name))
		}
	}
	if len(classNames) > most {
		parts = append(parts, fmt.Sprintf("… %d", len(classNames)-1))
	}
	return strings.Join(parts, ", ")
}
