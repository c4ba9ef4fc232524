package study

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseMemory reads an amount of memory: a number of bytes, or one with a unit
// such as 500MB, 8GB or 8GiB; a unit of letters alone is binary (8G = 8GiB). ""
// is 0, no limit.
func ParseMemory(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	at := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if at < 0 {
		at = len(text)
	}
	value, err := strconv.ParseFloat(text[:at], 64)
	unit, known := memoryUnits[strings.ToUpper(strings.TrimSpace(text[at:]))]
	if bytes := value * unit; err == nil && known && bytes >= 1 && bytes < math.MaxInt64 {
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("%q is no amount of memory: write it as 500MB, 8GB or 8GiB", text)
}

var memoryUnits = map[string]float64{
	"": 1, "B": 1,
	"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
	"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40,
	"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
}
