package passes

import "github.com/memdil/memdil/graphs"

// Tidy returns a lean copy of m: constants folded, except what is computed
// from the initializers named in keep; common subexpressions shared; nothing
// left that no output needs.
func Tidy(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	m = Prune(m)
	for _, pass := range []func(*graphs.Model) (*graphs.Model, error){
		func(m *graphs.Model) (*graphs.Model, error) { return Fold(m, keep) },
		Simplify, Views, Expansions, Pads,
		func(m *graphs.Model) (*graphs.Model, error) { return Share(m, keep) },
	} {
		var err error
		if m, err = pass(m); err != nil {
			return nil, err
		}
	}
	return Prune(m), nil
}
