package pipeline

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// uidPart is what a setting adds to the UID.
type uidPart struct {
	rank int // place in the UID, from 1; 0 for no part
	text func(s Setting, e Experiment) string
}

// prefixed puts the value after a prefix, which includes the separator.
func prefixed(rank int, prefix string) uidPart {
	return uidPart{rank, func(s Setting, e Experiment) string { return prefix + s.Text(e) }}
}

// whenUsed puts the value right after the part before it, unless the setting
// has no effect.
func whenUsed(rank int) uidPart {
	return uidPart{rank, func(s Setting, e Experiment) string {
		if s.idle(e) {
			return ""
		}
		return s.Text(e)
	}}
}

// eitherOr stands for a boolean.
func eitherOr(rank int, yes, no string) uidPart {
	return uidPart{rank, func(s Setting, e Experiment) string {
		if s.Text(e) == "true" {
			return yes
		}
		return no
	}}
}

// UID returns the name of the run folder: the uid setting or, without it, the
// name that the Python original gives the experiment:
//
//	MODEL_DATASET_cK_lnη_LOSS[α]_ACT_dDEPTH_wWIDTH_wdWD-FDR[sep]_with_bn|wo_bn_sSEED
//
// with floats spelt as Python does. It leaves out the learning rate and much
// else, so that different experiments may share it.
func (e Experiment) UID() string {
	if e.UIDOverride != "" {
		return e.UIDOverride
	}
	e = e.resolved()
	parts := slices.DeleteFunc(Settings(), func(s Setting) bool { return s.uid.rank == 0 })
	slices.SortFunc(parts, func(a, b Setting) int { return cmp.Compare(a.uid.rank, b.uid.rank) })
	var uid strings.Builder
	for _, s := range parts {
		uid.WriteString(s.uid.text(s, e))
	}
	return uid.String()
}

// checkUID reports a name that no folder of its own in runs_dir can have.
func checkUID(uid string) error {
	switch {
	case uid == "":
		return nil
	case uid != filepath.Base(uid) || strings.ContainsAny(uid, `/\:`) || strings.HasPrefix(uid, "."):
		return errors.New("must be the plain name of a folder, without path, colon or leading dot")
	case len(uid) > 200:
		return errors.New("must not be longer than 200 bytes")
	}
	return nil
}
