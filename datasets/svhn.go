package datasets

import (
	"fmt"
	"io"
)

// readSVHN reads a part of SVHN: a MAT-file with the images X, 32×32×3×N bytes,
// and the labels y, of which 10 means the digit 0.
func readSVHN(f *folder, part Split) (Images, []int32, error) {
	name := "train_32x32.mat"
	if part == Test {
		name = "test_32x32.mat"
	}
	var images Images
	var labels []int32
	err := f.parse(name, func(r io.Reader, limit int64) error {
		found, err := readMAT(r, limit, "X", "y")
		if err != nil {
			return err
		}
		if images, err = svhnImages(found["X"]); err != nil {
			return fmt.Errorf("variable X: %w", err)
		}
		if labels, err = svhnLabels(found["y"], images.N); err != nil {
			return fmt.Errorf("variable y: %w", err)
		}
		return nil
	})
	return images, labels, err
}

// svhnImages turns rows×columns×3×N pixels, the first dimension fastest, into
// N×3×rows×columns, the last fastest. MATLAB drops a last dimension of 1.
func svhnImages(x matArray) (Images, error) {
	pixels, err := x.bytes()
	if err != nil {
		return Images{}, err
	}
	dims := x.dims
	if len(dims) == 3 {
		dims = append(dims, 1)
	}
	if len(dims) != 4 || dims[2] != 3 || len(pixels) == 0 {
		return Images{}, fmt.Errorf("its shape is %v, want rows×columns×3×images", x.dims)
	}
	if err := checkImages(dims[3]); err != nil {
		return Images{}, err
	}
	m := Images{N: dims[3], C: 3, H: dims[0], W: dims[1], Pixels: make([]uint8, len(pixels))}
	plane := m.H * m.W
	inParallel(m.N*m.C, func(first, last int) {
		for p := first; p < last; p++ {
			in, out := pixels[p*plane:][:plane], m.Pixels[p*plane:][:plane]
			for x := range m.W {
				for y, v := range in[x*m.H:][:m.H] {
					out[y*m.W+x] = v
				}
			}
		}
	})
	return m, nil
}

// svhnLabels returns the digits of n labels.
func svhnLabels(y matArray, n int) ([]int32, error) {
	values, err := y.integers()
	if err != nil {
		return nil, err
	}
	if len(values) != n {
		return nil, fmt.Errorf("%d labels for %d images", len(values), n)
	}
	labels := make([]int32, n)
	for i, v := range values {
		if v < 0 || v > 10 {
			return nil, fmt.Errorf("label %d at index %d, the labels are 1 to 10", v, i)
		}
		labels[i] = int32(v % 10)
	}
	return labels, nil
}
