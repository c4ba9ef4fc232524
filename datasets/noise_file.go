package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// readTransitions reads a k×k matrix of probabilities.
func readTransitions(path string, k int) (transitions, error) {
	rows, err := readNumbers(path)
	if err != nil {
		return nil, err
	}
	t, err := newTransitions(rows, k)
	if err != nil {
		return nil, fmt.Errorf("noise file %s: %w", path, err)
	}
	return t, nil
}

// readLabels reads n published labels, each below classes.
func readLabels(path string, n, classes int) ([]int32, error) {
	rows, err := readNumbers(path)
	if err != nil {
		return nil, err
	}
	labels, err := newLabels(rows, n, classes)
	if err != nil {
		return nil, fmt.Errorf("noise file %s: %w", path, err)
	}
	return labels, nil
}

// newLabels checks one label a row. A single row of n labels will do as well.
func newLabels(rows [][]float64, n, classes int) ([]int32, error) {
	if len(rows) == 1 && len(rows[0]) == n && n > 1 {
		for _, v := range rows[0] {
			rows = append(rows, []float64{v})
		}
		rows = rows[1:]
	}
	if len(rows) != n {
		return nil, fmt.Errorf("%d labels for the %d training samples of the data set, in the order of its files", len(rows), n)
	}
	labels := make([]int32, n)
	for i, row := range rows {
		if len(row) != 1 {
			return nil, fmt.Errorf("%d numbers for sample %d, want one label", len(row), i)
		}
		label, err := wholeNumber(row[0])
		if err != nil || label < 0 || label >= int64(classes) {
			return nil, fmt.Errorf("label %v of sample %d, the labels of the data set are 0 to %d", row[0], i, classes-1)
		}
		labels[i] = int32(label)
	}
	return labels, nil
}

// readNumbers reads a table of numbers: a NumPy file, or text with a row a line.
func readNumbers(path string) ([][]float64, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, &OptionError{Option: "noise_file", Reason: err.Error()}
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, badOption("noise_file", "%s is a folder", path)
	}
	rows, err := parseNumbers(in, info.Size())
	if err != nil {
		return nil, fmt.Errorf("noise file %s: %w", path, err)
	}
	return rows, nil
}

// parseNumbers reads a table of size bytes.
func parseNumbers(r io.Reader, size int64) ([][]float64, error) {
	in := bufio.NewReader(r)
	if start, _ := in.Peek(len(npyMagic)); string(start) == npyMagic {
		return readNPY(in, size)
	}
	return readText(in)
}

// readText reads numbers apart by white space, commas or semicolons. What
// follows a # is a comment; empty lines do not count.
func readText(r io.Reader) ([][]float64, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	var rows [][]float64
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		var row []float64
		for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t\r,;", c) }) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %q is not a number", number, word)
			}
			row = append(row, v)
		}
		if row != nil {
			rows = append(rows, row)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, errors.New("there are no numbers in it")
	}
	return rows, nil
}
