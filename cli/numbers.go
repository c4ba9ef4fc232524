package cli

import (
	"fmt"
	"math"
)

// count is "1 tensor" or "2,048 tensors".
func count(n int, what string) string {
	return grouped(int64(n)) + " " + plural(float64(n), what)
}

// plural is the form of a word that goes with n of its things.
func plural(n float64, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// lossText is a loss with four decimals, or with four digits where these would
// be none: in the terminal phase of training, or when it diverges.
func lossText(loss float64) string {
	const small, large = 1e-3, 1e5
	if size := math.Abs(loss); size >= large || size > 0 && size < small {
		return fmt.Sprintf("%.3e", loss)
	}
	return fmt.Sprintf("%.4f", loss)
}

// bytesText is a number of bytes, in MiB as well where there are many.
func bytesText(n int64) string {
	text := grouped(n) + " bytes"
	if n >= 1<<20 {
		text += fmt.Sprintf(" (%.1f MiB)", float64(n)/(1<<20))
	}
	return text
}
