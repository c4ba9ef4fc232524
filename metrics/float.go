package metrics

import (
	"encoding/json"
	"math"
)

// Float is a float64 whose JSON form is null where it is undefined: NaN and
// infinities marshal to null, null unmarshals to NaN.
type Float float64

// undefined is the value of a metric that the data do not define.
var undefined = Float(math.NaN())

// Defined tells whether f is a number.
func (f Float) Defined() bool { return finite(float64(f)) }

// MarshalJSON implements [json.Marshaler].
func (f Float) MarshalJSON() ([]byte, error) {
	if !f.Defined() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// UnmarshalJSON implements [json.Unmarshaler].
func (f *Float) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*f = undefined
		return nil
	}
	return json.Unmarshal(text, (*float64)(f))
}
