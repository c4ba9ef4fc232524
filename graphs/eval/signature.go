package eval

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// signature describes the inputs of an operator, one slot each.
type signature []slot

// slot is what an input may be.
type slot struct {
	kind     kind
	optional bool
	repeated bool // any number of inputs, none included
}

// kind is a class of element types. Inputs of the upper-case kinds must all
// be of the same type.
type kind byte

const (
	shared        kind = 'T' // any type
	sharedNumber  kind = 'N' // a number
	sharedFloat   kind = 'F' // a floating type
	sharedInteger kind = 'I'
	anyType       kind = 't'
	number        kind = 'n'
	floating      kind = 'f'
	integer       kind = 'i'
	boolean       kind = 'b'
)

// parseSignature reads the notation of the table: a kind for each input,
// followed by "?" when it is optional and by "*" when it is repeated.
func parseSignature(s string) signature {
	var sig signature
	for _, field := range strings.Fields(s) {
		sig = append(sig, slot{kind(field[0]), strings.HasSuffix(field, "?"), strings.HasSuffix(field, "*")})
	}
	return sig
}

// slot returns what input i may be; false when there is no such input.
func (s signature) slot(i int) (slot, bool) {
	if i < len(s) {
		return s[i], true
	}
	if len(s) > 0 && s[len(s)-1].repeated {
		return s[len(s)-1], true
	}
	return slot{}, false
}

func (s signature) check(in []*Value) error {
	var common *Value
	for i := range max(len(in), len(s)) {
		want, ok := s.slot(i)
		switch {
		case !ok:
			return fmt.Errorf("it takes at most %d inputs", len(s))
		case i >= len(in) || in[i] == nil:
			if !want.optional && (!want.repeated || i < len(in)) {
				return fmt.Errorf("input %d is missing", i)
			}
			continue
		case !want.kind.allows(in[i].Type):
			return fmt.Errorf("input %d must be %s", i, want.kind)
		case !want.kind.isShared():
			continue
		}
		if common == nil {
			common = in[i]
		}
		if in[i].Type != common.Type {
			return fmt.Errorf("input %d must be %s like the others", i, common.Type)
		}
	}
	return nil
}

func (k kind) isShared() bool { return 'A' <= k && k <= 'Z' }

func (k kind) allows(t graphs.DType) bool {
	switch k {
	case sharedFloat, floating:
		return t.IsFloat()
	case sharedNumber, number:
		return t.Size() > 0 && t != graphs.Bool
	case sharedInteger, integer:
		return t.Size() > 0 && !t.IsFloat() && t != graphs.Bool
	case boolean:
		return t == graphs.Bool
	}
	return t.Size() > 0
}

// String describes the kind in messages.
func (k kind) String() string {
	switch k {
	case sharedFloat, floating:
		return "floating"
	case sharedNumber, number:
		return "a number"
	case sharedInteger, integer:
		return "an integer"
	case boolean:
		return "bool"
	}
	return "numeric or bool"
}
