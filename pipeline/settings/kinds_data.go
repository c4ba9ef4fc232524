package settings

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/memdil/memdil/datasets"
)

// datasetName is the name of a published data set, or folder:PATH or arrow:PATH.
func datasetName(field func(*Experiment) *string) kind {
	published := choice(field, datasetNames(), nil)
	return kind{
		values: published.values,
		parse: func(e *Experiment, text string) error {
			kind, path, own := datasets.Own(text)
			switch {
			case !own:
				err := published.parse(e, text)
				if u, ok := errors.AsType[*UsageError](err); ok {
					u.Hint += ", or folder:PATH or arrow:PATH"
					if strings.ContainsAny(text, "/.") {
						u.Hint = fmt.Sprintf("images of your own are folder:%s or, in a table, arrow:%s", text, text)
					}
				}
				return err
			case path == "":
				return fmt.Errorf("%q lacks the path", text)
			case !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl):
				return fmt.Errorf("%q holds control characters or is not UTF-8", path)
			}
			*field(e) = kind + ":" + path
			return nil
		},
		value: published.value,
	}
}

// wordList are words separated by commas, or none.
func wordList(field func(*Experiment) *string) kind {
	k := text(field, anyText)
	k.list = true
	return k
}

// degrees are one noise degree, or several separated by commas.
func degrees(field func(*Experiment) *[]float64) kind {
	return kind{
		list: true,
		parse: func(e *Experiment, text string) error {
			values, err := parseNumbers(text, zeroToOne)
			if err != nil {
				return err
			}
			if len(values) == 0 {
				return fmt.Errorf("%q is not a finite number", text)
			}
			*field(e) = values
			return nil
		},
		value: func(e *Experiment) any {
			if values := *field(e); len(values) != 1 {
				return numberList(values)
			}
			return (*field(e))[0]
		},
	}
}

// threeNumbers are numbers of red, green and blue, or none.
func threeNumbers(field func(*Experiment) *[]float64, within limit) kind {
	return kind{
		list: true,
		parse: func(e *Experiment, text string) error {
			values, err := parseNumbers(text, within)
			if err != nil {
				return err
			}
			if len(values) != 0 && len(values) != 3 {
				return fmt.Errorf("%d numbers, want 3, of red, green and blue", len(values))
			}
			*field(e) = values
			return nil
		},
		value: func(e *Experiment) any { return numberList(*field(e)) },
	}
}

// parseNumbers reads numbers separated by commas, in brackets or not.
func parseNumbers(text string, within limit) ([]float64, error) {
	var values []float64
	for _, word := range words(strings.Trim(strings.TrimSpace(text), "[]")) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%q is not a finite number", word)
		}
		if !within.holds(v) {
			return nil, fmt.Errorf("%s %s", word, within.words)
		}
		values = append(values, v+0) // −0 becomes 0
	}
	return values, nil
}

// numberList spells numbers as parseNumbers reads them.
func numberList(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = pythonFloat(v)
	}
	return strings.Join(texts, ",")
}
