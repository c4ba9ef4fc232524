package settings

import (
	"errors"
	"fmt"
	"strings"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/pipeline/internal/files"
)

// datasetNames returns the names of the published data sets.
func datasetNames() []string {
	var names []string
	for _, d := range datasets.List() {
		names = append(names, d.Name)
	}
	return names
}

// settledDataset makes the path of a data set of one's own absolute.
func settledDataset(name string) string {
	kind, path, own := datasets.Own(name)
	if !own {
		return name
	}
	return kind + ":" + settledPath(path)
}

// classesOf returns the number of classes of a data set, 0 when it cannot be
// told.
func classesOf(name string) int {
	info, err := datasets.Describe(name)
	if err != nil {
		return 0
	}
	return len(info.ClassNames)
}

// words splits a list at commas.
func words(list string) []string {
	var out []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// checkClasses reports classes that the data set has not. That a data set of
// one's own has those of a number or list is for its loading to find out: a
// recorded run does not need it any more.
func checkClasses(e Experiment) *UsageError {
	list := words(e.ClassList)
	switch {
	case e.Classes == 1:
		return &UsageError{"classes", "one class (with a sigmoid and binary cross-entropy) is not supported", "give 2 or more"}
	case len(list) > 0 && e.given["classes"] && e.Classes != len(list):
		return usage("classes", "%d asked for, but class_list has %d", e.Classes, len(list))
	case ofOwn(e) && (e.Classes > 0 || len(list) > 0):
		return nil
	}
	return checkAgainst(e)
}

// CheckOwnClasses returns a *UsageError where a data set of one's own lacks
// classes that are asked for. Check does not look: a recorded run does not need
// the data any more.
func (e Experiment) CheckOwnClasses() error {
	if !ofOwn(e) {
		return nil
	}
	if mistake := checkAgainst(e); mistake != nil {
		return mistake
	}
	return nil
}

// checkAgainst compares the classes that are asked for with those that there are.
func checkAgainst(e Experiment) *UsageError {
	info, err := datasets.Describe(e.Dataset)
	if err != nil {
		return dataMistake(err)
	}
	if list := words(e.ClassList); len(list) > 0 {
		if _, err := datasets.SelectClasses(info.ClassNames, list); err != nil {
			return dataMistake(err)
		}
		return nil
	}
	if has := len(info.ClassNames); e.Classes > has {
		err := usage("classes", "%d asked for, but %s has %d", e.Classes, e.Dataset, has)
		err.Hint = "give all for all of them"
		return err
	}
	return nil
}

// dataMistake makes an error of package datasets one of a setting.
func dataMistake(err error) *UsageError {
	if option, ok := errors.AsType[*datasets.OptionError](err); ok {
		return &UsageError{Setting: option.Option, Reason: option.Reason}
	}
	return &UsageError{Setting: "dataset", Reason: err.Error()}
}

func checkEmbedded(e Experiment) *UsageError {
	if e.DataDir != Embedded || ofOwn(e) {
		return nil
	}
	for _, class := range words(e.ClassList) {
		if class != "0" && class != "1" {
			return &UsageError{"class_list", "the embedded data are the digits 0 and 1 of mnist only", "name the folder of your data sets as data_dir"}
		}
	}
	if e.Dataset != "mnist" || e.resolved().Classes > 2 {
		return &UsageError{"data_dir", "the embedded data are the digits 0 and 1 of mnist only", "name the folder of your data sets, or leave data_dir out"}
	}
	return nil
}

func checkSamples(e Experiment) *UsageError {
	if e.SampleSize > 0 && e.given["val_split_prop"] && e.ValSplit > 0 {
		err := usage("sample_size", "%d excludes a validation split, but val_split_prop is %v", e.SampleSize, pythonFloat(e.ValSplit))
		err.Hint = "leave one of them out"
		return err
	}
	return nil
}

// checkNoise reports noise that the classes do not allow.
func checkNoise(e Experiment) *UsageError {
	k := e.resolved().Classes
	switch {
	case e.Noise.NeedsFile() && e.NoiseFile == "":
		return &UsageError{"noise_file", fmt.Sprintf("noise %s needs one", e.Noise), "name the file"}
	case !e.Noise.NeedsFile() && len(e.LabelNoise) > 1 && len(e.LabelNoise) != k && k > 0:
		return usage("label_noise", "%d degrees for %d classes; give one, or one for each class", len(e.LabelNoise), k)
	case e.FourClass && k != 2 && k > 0:
		return &UsageError{"fourclass_problem", fmt.Sprintf("latent noise classes are for 2 classes, not %d", k), "leave classes out"}
	case e.FourClass && len(e.LabelNoise) > 1:
		return &UsageError{"label_noise", "latent noise classes take one degree for both classes", "give one"}
	}
	return nil
}

// CheckNoiseFile returns a *UsageError where the file of the noise is another
// than the one that Check has noted. One that cannot be read is for its reader to
// report.
func (e Experiment) CheckNoiseFile() error {
	if !e.Noise.NeedsFile() {
		return nil
	}
	if sum, err := files.Digest(e.NoiseFile); err == nil && sum != e.NoiseSHA256 {
		return &UsageError{"noise_file", fmt.Sprintf("%s is not the file that noise_sha256 names", e.NoiseFile), "put that one back, or leave noise_sha256 out for a new run"}
	}
	return nil
}
