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
	files      []file
	mean, std  []float32 // per channel, of pixels scaled to [0, 1]
	// read returns the images and labels of the training or the test part.
	read func(f *folder, part Split) (Images, []int32, error)
}

// file is one published file.
type file struct {
	name   string
	size   int64  // in bytes, as published
	md5    string // of the file as published
	sha256 string // of its unpacked bytes; empty when not known
}

// sources holds every data set. The MD5 sums are those that torchvision
// checks; the SHA-256 sums were taken of verified originals.
var sources = []*source{
	{
		name:       "mnist",
		title:      "MNIST handwritten digits",
		classNames: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		folders:    []string{"mnist", "MNIST/raw", "."},
		mirrors: []string{
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
			"https://raw.githubusercontent.com/fgnt/mnist/master/",
		},
		files: []file{
			{
				"train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873",
				"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
			},
			{
				"train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432",
				"65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
			},
			{
				"t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3",
				"0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
			},
			{
				"t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c",
				"ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
			},
		},
		mean: []float32{0.1307, 0.1307, 0.1307},
		std:  []float32{0.3081, 0.3081, 0.3081},
		read: readIDXPart,
	},
	{
		name:  "fashionmnist",
		title: "Fashion-MNIST articles of clothing",
		classNames: []string{
			"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
			"Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
		},
		folders: []string{"fashionmnist", "FashionMNIST/raw", "."},
		mirrors: []string{
			"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
			"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
		},
		files: []file{
			{"train-images-idx3-ubyte.gz", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d", ""},
			{
				"train-labels-idx1-ubyte.gz", 29515, "25c81989df183df01b3e8a0aad5dffbe",
				"bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
			},
			{"t10k-images-idx3-ubyte.gz", 4422102, "bef4ecab320f06d8554ea6380940ec79", ""},
			{
				"t10k-labels-idx1-ubyte.gz", 5148, "bb300cfdad3c16e7a12a480ee83cd310",
				"0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
			},
		},
		mean: []float32{0.1307, 0.1307, 0.1307},
		std:  []float32{0.3081, 0.3081, 0.3081},
		read: readIDXPart,
	},
}

// Info describes a data set that can be loaded.
type Info struct {
	Name       string   // as in Options.Name
	Title      string   // in words
	ClassNames []string // in label order
	Files      []string // published file names
	Bytes      int64    // size of the published files together
}

// List returns the data sets that can be loaded, by name.
func List() []Info {
	infos := make([]Info, 0, len(sources))
	for _, s := range sources {
		info := Info{Name: s.name, Title: s.title, ClassNames: slices.Clone(s.classNames)}
		for _, f := range s.files {
			info.Files = append(info.Files, f.name)
			info.Bytes += f.size
		}
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos
}

// lookup finds a data set by name; case, hyphens and underscores do not count.
func lookup(name string) (*source, error) {
	plain := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	var names []string
	nearest, distance := "", 4 // further away is no misspelling
	for _, s := range sources {
		if s.name == plain {
			return s, nil
		}
		names = append(names, s.name)
		if d := smetrics.WagnerFischer(plain, s.name, 1, 1, 1); d < distance {
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
