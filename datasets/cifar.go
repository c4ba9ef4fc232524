package datasets

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// cifarPixels is the size of an image in the files of CIFAR: 3×32×32 bytes, the
// width fastest.
const cifarPixels = 3 * 32 * 32

// cifarRecord is the form of a record in CIFAR's binary files
// (https://www.cs.toronto.edu/~kriz/cifar.html): some bytes of labels, of which
// one is the label, then the pixels.
type cifarRecord struct {
	labels int // bytes before the pixels
	label  int // which of them
}

// readCIFAR10 reads a part of CIFAR-10: a label, then the pixels.
func readCIFAR10(f *folder, part Split) (Images, []int32, error) {
	names := []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"}
	if part == Test {
		names = []string{"test_batch.bin"}
	}
	return readCIFAR(f, cifarRecord{labels: 1, label: 0}, names)
}

// readCIFAR100 reads a part of CIFAR-100: a coarse and a fine label, of which
// the fine one counts, then the pixels.
func readCIFAR100(f *folder, part Split) (Images, []int32, error) {
	name := "train.bin"
	if part == Test {
		name = "test.bin"
	}
	return readCIFAR(f, cifarRecord{labels: 2, label: 1}, []string{name})
}

// readCIFAR reads files one after the other.
func readCIFAR(f *folder, form cifarRecord, names []string) (Images, []int32, error) {
	images := Images{C: 3, H: 32, W: 32}
	var labels []int32
	for _, name := range names {
		err := f.parse(name, func(r io.Reader, limit int64) (err error) {
			images.Pixels, labels, err = form.append(images.Pixels, labels, r, limit, len(f.src.classNames))
			return err
		})
		if err != nil {
			return Images{}, nil, err
		}
	}
	images.N = len(labels)
	return images, labels, nil
}

// append reads records up to the end of r, which yields at most limit bytes, and
// appends their pixels and labels, the latter below classes.
func (c cifarRecord) append(pixels []uint8, labels []int32, r io.Reader, limit int64, classes int) ([]uint8, []int32, error) {
	size := c.labels + cifarPixels
	record := make([]byte, size)
	pixels = slices.Grow(pixels, int(min(limit, 1<<28))/size*cifarPixels)
	for n := 0; ; n++ {
		switch got, err := io.ReadFull(r, record); {
		case errors.Is(err, io.EOF) && n == 0:
			return nil, nil, errors.New("the file is empty")
		case errors.Is(err, io.EOF):
			return pixels, labels, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, nil, fmt.Errorf("truncated, or not CIFAR's binary version: %d bytes after %d records of %d bytes", got, n, size)
		case err != nil:
			return nil, nil, err
		}
		label := record[c.label]
		if int(label) >= classes {
			return nil, nil, fmt.Errorf("label %d in record %d, the labels are 0 to %d: not CIFAR's binary version?", label, n, classes-1)
		}
		labels = append(labels, int32(label))
		pixels = append(pixels, record[c.labels:]...)
	}
}

// cifar100Classes are the names of the fine labels.
var cifar100Classes = []string{
	"apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle",
	"bicycle", "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel",
	"can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud",
	"cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant",
	"flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
	"lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree",
	"motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter",
	"palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine",
	"possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea",
	"seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
	"squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television",
	"tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale",
	"willow_tree", "wolf", "woman", "worm",
}
