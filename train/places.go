package train

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/ort"
)

// places are tensors on a device by name, each at one place for its whole life.
type places map[string]*ort.Value

// newPlaces makes room for values on the session's device. Dimensions that are
// not known are the number of steps.
func newPlaces(s *ort.Session, values []*graphs.Value, steps int) (places, error) {
	p := places{}
	for _, v := range values {
		shape := make([]int64, len(v.Type.Shape))
		for i, d := range v.Type.Shape {
			if shape[i] = int64(steps); d.IsKnown() {
				shape[i] = d.Size
			}
		}
		room, err := s.NewValue(ort.DType(v.Type.Elem), shape...)
		if err != nil {
			p.close()
			return nil, fmt.Errorf("tensor %q: %w", v.Name, err)
		}
		p[v.Name] = room
	}
	return p, nil
}

// bind has the runs of the session's binding read inputs and write outputs
// there, those that have a place.
func (p places) bind(s *ort.Session, b *ort.DeviceBinding) error {
	for _, io := range s.Inputs() {
		if v := p[io.Name]; v != nil {
			if err := b.Input(io.Name, v); err != nil {
				return err
			}
		}
	}
	for _, io := range s.Outputs() {
		if v := p[io.Name]; v != nil {
			if err := b.Output(io.Name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p places) close() {
	for _, v := range p {
		_ = v.Close() // always nil
	}
}
