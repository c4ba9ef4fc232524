package passes

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
