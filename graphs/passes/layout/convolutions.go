package layout

import "github.com/memdil/memdil/graphs"

// MultiplyConvolutions returns a copy of m for a CPU, in which convolutions are
// products of matrices wherever that costs less: depthwise ones by Abreast, others
// by Places, all after Trim. Values named in keep stay as they are.
func MultiplyConvolutions(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	m, err := Trim(m)
	if err != nil {
		return nil, err
	}
	if m, err = Abreast(m, keep); err != nil {
		return nil, err
	}
	return Places(m, keep)
}

// mostConstants is how many numbers the constants may have by which a kernel is
// spread or trimmed: 16 MB, more than planes of up to 56×56 and kernels of 7×7
// need. Kernels as large as their planes would need gigabytes.
const mostConstants = 1 << 22

// fits reports whether a constant of these sizes, none 0, has no more numbers.
func fits(sizes ...int64) bool {
	left := int64(mostConstants)
	for _, size := range sizes {
		left /= size
	}
	return left > 0
}
