package settings

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memdil/memdil/datasets"
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

// whenUsed is prefixed, but nothing where the setting has no effect.
func whenUsed(rank int, prefix string) uidPart {
	return uidPart{rank, func(s Setting, e Experiment) string {
		if s.Idle(e) {
			return ""
		}
		return prefix + s.Text(e)
	}}
}

// eitherOr stands for a boolean; nothing where the setting has no effect.
func eitherOr(rank int, yes, no string) uidPart {
	return uidPart{rank, func(s Setting, e Experiment) string {
		switch {
		case s.Idle(e):
			return ""
		case s.Text(e) == "true":
			return yes
		}
		return no
	}}
}

// unsearched is p, but nothing with use_ho_uid: the search finds the value.
func unsearched(p uidPart) uidPart {
	return uidPart{p.rank, func(s Setting, e Experiment) string {
		if e.HOUID {
			return ""
		}
		return p.text(s, e)
	}}
}

// UID returns the name of the run folder: the uid setting or, without it, the
// name that the Python original gives the experiment:
//
//	MODEL_DATASET_cK_lnη_LOSS[α]_ACT_dDEPTH_wWIDTH_wdWD-FDR[sep]_with_bn|wo_bn_sSEED
//	DATASET_sSEED_LOSS[α]_MODEL_wdWD_lrLR
//
// the second with use_largescale_uid, without α and the learning rate if
// use_ho_uid says that they are searched for, with floats spelt as Python does. What
// only MLPs have (activation, depth, width, bn) other models leave out; the
// original names them all the same. The UID leaves out much else, so that
// different experiments may share it.
func (e Experiment) UID() string {
	if e.UIDOverride != "" {
		return e.UIDOverride
	}
	e = e.resolved()
	parts := slices.DeleteFunc(Table(), func(s Setting) bool { return s.uidPart(e).rank == 0 })
	slices.SortFunc(parts, func(a, b Setting) int { return cmp.Compare(a.uidPart(e).rank, b.uidPart(e).rank) })
	var uid strings.Builder
	for _, s := range parts {
		uid.WriteString(s.uidPart(e).text(s, e))
	}
	return uid.String()
}

// uidPart is what the setting adds to the experiment's UID.
func (s Setting) uidPart(e Experiment) uidPart {
	if e.LargeScaleUID {
		return s.largeUID
	}
	return s.uid
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

// datasetPart is the data set's part of the UID: of one's own, the name of the
// folder or file.
func datasetPart(prefix string) func(Setting, Experiment) string {
	return func(_ Setting, e Experiment) string {
		_, path, own := datasets.Own(e.Dataset)
		if !own {
			return prefix + e.Dataset
		}
		name := filepath.Base(path)
		return prefix + strings.ReplaceAll(strings.TrimSuffix(name, filepath.Ext(name)), ":", "-")
	}
}

// noisePart is the noise's part of the UID, the original's for symmetric noise.
func noisePart(s Setting, e Experiment) string {
	switch {
	case e.Noise.NeedsFile():
		return "_ln" + string(e.Noise)
	case e.Noise != datasets.SymmetricNoise:
		return "_ln" + s.Text(e) + string(e.Noise)
	}
	return "_ln" + s.Text(e)
}

// fourClassPart is the part of latent noise classes.
func fourClassPart(_ Setting, e Experiment) string {
	switch {
	case !e.FourClass:
		return ""
	case e.TwoFeatures:
		return "_4c" + pythonFloat(e.FourClassDegree) + "_4c2d"
	}
	return "_4c" + pythonFloat(e.FourClassDegree)
}

// modelName is the model's part of the UID: the name of the graph's file where
// there is one.
func modelName(s Setting, e Experiment) string {
	if !foreign(e) {
		return s.Text(e)
	}
	file := filepath.Base(e.Graph)
	return strings.TrimSuffix(file, filepath.Ext(file))
}

// hoPart is what use_ho_uid adds to the UID.
func hoPart(_ Setting, e Experiment) string {
	if !e.HOUID {
		return ""
	}
	part := "_" + string(e.HO)
	if slices.ContainsFunc(e.LabelNoise, func(degree float64) bool { return degree > 0 }) {
		part += "_ln" + Spell(degrees(func(e *Experiment) *[]float64 { return &e.LabelNoise }).value(&e))
	}
	return part
}
