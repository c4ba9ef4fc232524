package datasets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xrash/smetrics"
)

// source is one data set: what was published and how to read it.
type source struct {
	name       string // as in --dataset
	title      string
	classNames []string
	folders    []string // places below the data directory, by preference; downloads go to the first
	mirrors    []string // base URLs, by preference
	archive    *archive // what the mirrors offer in place of the files; nil for the files themselves
	files      []file
	mean, std  []float32 // per channel, of pixels scaled to [0, 1]
	// random says that labels are dealt out anew, see selection.deal.
	random bool
	// read returns the images and labels of the training or the test part.
	read func(f *folder, part Split) (Images, []int32, error)
	own  files // of a data set of one's own; nil for a published one
}

// file is one published file.
type file struct {
	name   string
	size   int64  // in bytes, as published
	md5    string // of the file as published
	sha256 string // of its unpacked bytes; empty when not known
}

// archive is a published .tar.gz file that holds a data set's files.
type archive struct {
	file
	folder string // in it, where the files lie
}

// Info describes a data set that can be loaded.
type Info struct {
	Name       string   // as in Options.Name
	Title      string   // in words
	ClassNames []string // in label order
	Files      []string // published file names
	Bytes      int64    // size of the download
}

// List returns the data sets that can be loaded, by name.
func List() []Info {
	infos := make([]Info, 0, len(sources))
	for _, s := range sources {
		infos = append(infos, s.info())
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos
}

func (s *source) info() Info {
	info := Info{Name: s.name, Title: s.title, ClassNames: slices.Clone(s.classNames)}
	for _, f := range s.files {
		info.Files = append(info.Files, f.name)
	}
	for _, f := range s.downloads() {
		info.Bytes += f.size
	}
	return info
}

// downloads returns what the mirrors offer.
func (s *source) downloads() []file {
	if s.archive != nil {
		return []file{s.archive.file}
	}
	return s.files
}

// lookup finds a data set by name; case, hyphens and underscores do not count.
func lookup(name string) (*source, error) {
	plain := fold(name)
	var names []string
	nearest, distance := "", 4 // further away is no misspelling
	for _, s := range sources {
		if fold(s.name) == plain {
			return s, nil
		}
		names = append(names, s.name)
		if d := smetrics.WagnerFischer(plain, fold(s.name), 1, 1, 1); d < distance {
			nearest, distance = s.name, d
		}
	}
	slices.Sort(names)
	reason := fmt.Sprintf("unknown data set %q; there are %s", name, strings.Join(names, ", "))
	if nearest != "" {
		reason = fmt.Sprintf("unknown data set %q; did you mean %s? There are %s", name, nearest, strings.Join(names, ", "))
	}
	return nil, &OptionError{Option: "dataset", Reason: reason}
}

// fold returns a name without what does not count in it.
func fold(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}
