package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// splitRoles gives every initializer one role. Exporters store equal tensors
// once, so that a fresh net's BN scale and running variance, or the running
// means of two layers, can be one initializer; trained, they part. The role
// used first keeps the name X, the others get X.1, X.2, …
func (net *Net) splitRoles() {
	names, uses := graphs.NewNames(net.Model.Graph), net.uses()
	for _, t := range net.inUseOrder() {
		owners := map[any]string{}
		for _, u := range uses[t.Name] {
			owner := u.role.owner()
			name, ok := owners[owner]
			if !ok {
				name = t.Name
				if len(owners) > 0 {
					name = net.duplicate(t, names)
				}
				owners[owner] = name
			}
			u.node.Inputs[u.input] = name
		}
	}
}

// owner identifies the variable that a use stands for: one for all uses as a
// weight, one for all as a constant, one for each running statistic.
func (r role) owner() any {
	switch r.kind {
	case mean, variance:
		return struct {
			kind roleKind
			norm string
		}{r.kind, r.norm}
	case weight:
		return weight
	}
	return constant
}

func (net *Net) duplicate(t *graphs.Tensor, names *graphs.Names) string {
	copied := *t
	for k := 1; ; k++ {
		copied.Name = fmt.Sprintf("%s.%d", t.Name, k)
		if !names.Has(copied.Name) {
			break
		}
	}
	names.Add(copied.Name)
	net.Model.Graph.Initializers = append(net.Model.Graph.Initializers, &copied)
	return copied.Name
}
