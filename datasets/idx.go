package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// idxUint8 is the IDX type code of unsigned bytes, the only type that the
// published files hold.
const idxUint8 = 0x08

// idx is an array read from an IDX file, the format of the MNIST files
// (http://yann.lecun.com/exdb/mnist/): two zero bytes, a type code, the number
// of dimensions, each dimension as big-endian uint32, then the elements with
// the last dimension fastest.
type idx struct {
	shape []int
	data  []uint8
}

// readIDX reads an IDX array of unsigned bytes with the given number of
// dimensions up to the end of r, which yields at most limit bytes. Nothing is
// allocated for elements beyond limit.
func readIDX(r io.Reader, dims int, limit int64) (idx, error) {
	shape, elements, err := readIDXHeader(r, dims, limit)
	if err != nil {
		return idx{}, err
	}
	data, err := readAtMost(r, elements)
	if err != nil {
		return idx{}, err
	}
	if len(data) < elements {
		return idx{}, fmt.Errorf("truncated: the header promises %d bytes of data, %d are there", elements, len(data))
	}
	switch _, err := io.ReadFull(r, make([]byte, 1)); {
	case err == nil:
		return idx{}, fmt.Errorf("bytes follow after the %d that the header promises", elements)
	case !errors.Is(err, io.EOF):
		return idx{}, err
	}
	return idx{shape: shape, data: data}, nil
}

// readIDXHeader returns the dimensions and their product, which it has checked
// to fit what r can still yield.
func readIDXHeader(r io.Reader, dims int, limit int64) (shape []int, elements int, err error) {
	header := make([]byte, 4+4*dims)
	if n, err := io.ReadFull(r, header); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, fmt.Errorf("truncated: %d bytes, the header alone has %d", n, len(header))
	} else if err != nil {
		return nil, 0, err
	}
	switch {
	case header[0] != 0 || header[1] != 0:
		return nil, 0, fmt.Errorf("not an IDX file: it starts with % x", header[:4])
	case header[2] != idxUint8:
		return nil, 0, fmt.Errorf("IDX type 0x%02x, want 0x%02x (unsigned bytes)", header[2], idxUint8)
	case int(header[3]) != dims:
		return nil, 0, fmt.Errorf("IDX array of %d dimensions, want %d", header[3], dims)
	}
	size := int64(1)
	room := limit - int64(len(header))
	for i := range dims {
		d := int64(binary.BigEndian.Uint32(header[4+4*i:]))
		shape = append(shape, int(d))
		if size > 0 && d > room/size {
			return nil, 0, fmt.Errorf("truncated: the header promises more than the %d bytes of data that the file can hold", room)
		}
		size *= d
	}
	return shape, int(size), nil
}

// readAtMost reads n bytes, or fewer when r ends before. The buffer grows with
// what is really there, so that a header cannot claim memory for nothing.
func readAtMost(r io.Reader, n int) ([]byte, error) {
	const step = 1 << 20
	data := make([]byte, 0, min(n, step))
	for len(data) < n {
		if len(data) == cap(data) {
			data = slices.Grow(data, min(n-len(data), max(len(data), step)))
		}
		end := min(cap(data), n)
		got, err := io.ReadFull(r, data[len(data):end])
		data = data[:len(data)+got]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

// readIDXPart reads the images and labels of one part of a data set published
// in the four files of MNIST.
func readIDXPart(f *folder, part Split) (Images, []int32, error) {
	prefix := "train"
	if part == Test {
		prefix = "t10k"
	}
	imagesFile, labelsFile := prefix+"-images-idx3-ubyte.gz", prefix+"-labels-idx1-ubyte.gz"
	var images, labels idx
	err := f.parse(imagesFile, func(r io.Reader, limit int64) (err error) {
		if images, err = readIDX(r, 3, limit); err != nil {
			return err
		}
		if len(images.data) == 0 {
			return fmt.Errorf("no images in it: its shape is %v", images.shape)
		}
		return checkImages(images.shape[0])
	})
	if err != nil {
		return Images{}, nil, err
	}
	err = f.parse(labelsFile, func(r io.Reader, limit int64) (err error) {
		if labels, err = readIDX(r, 1, limit); err != nil {
			return err
		}
		for i, l := range labels.data {
			if int(l) >= len(f.src.classNames) {
				return fmt.Errorf("label %d at index %d, the labels of %s are 0 to %d", l, i, f.src.name, len(f.src.classNames)-1)
			}
		}
		if n := images.shape[0]; len(labels.data) != n {
			return fmt.Errorf("%d labels for the %d images of %s", len(labels.data), n, imagesFile)
		}
		return nil
	})
	if err != nil {
		return Images{}, nil, err
	}
	wide := make([]int32, len(labels.data))
	for i, l := range labels.data {
		wide[i] = int32(l)
	}
	shape := images.shape
	return Images{Pixels: images.data, N: shape[0], C: 1, H: shape[1], W: shape[2]}, wide, nil
}
