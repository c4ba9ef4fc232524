package passes

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// FixBatch returns a copy of m for batches of n samples: the first dimension
// of the inputs data and label becomes n wherever it is symbolic, and what
// then is constant is folded. A model with another fixed batch is an error.
func FixBatch(m *graphs.Model, data, label string, n int) (*graphs.Model, error) {
	out := m.Clone()
	for _, name := range []string{data, label} {
		v := out.Graph.Input(name)
		if v == nil || len(v.Type.Shape) == 0 {
			continue
		}
		if d := v.Type.Shape[0]; d.IsKnown() && d.Size != int64(n) {
			return nil, fmt.Errorf("the model is made for batches of %d samples, not %d", d.Size, n)
		}
		v.Type.Shape[0] = graphs.Known(int64(n))
	}
	out, err := Tidy(out, nil)
	if err != nil {
		return nil, err
	}
	infos, err := graphs.Infer(out)
	if err != nil {
		return nil, err
	}
	for _, v := range out.Graph.Outputs {
		v.Type = infos[v.Name].Type
	}
	return out, nil
}
