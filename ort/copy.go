package ort

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// copier is a session that copies tensors of one type between the program's memory and a device, or on the device. The runtime's own
// way, CopyTensors, knows only the devices of providers that were registered as plug-ins.
type copier struct {
	device Device
	dtype  DType
}

// copy copies the elements of a tensor, one of the two on the device.
func (r *Runtime) copy(d Device, from, to Tensor) error {
	if from.DType() != to.DType() || !slices.Equal(from.Shape(), to.Shape()) {
		return fmt.Errorf("copy %s to %s: not the same type and shape", from, to)
	}
	s, err := r.copier(d, from.DType())
	if err != nil {
		return err
	}
	b, err := s.BindDevice()
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Input("from", from); err != nil {
		return err
	}
	if err := b.Output("to", to); err != nil {
		return err
	}
	return b.Run(nil)
}

// copier is the session that copies tensors of the type; it is made once and lives as long as the process.
func (r *Runtime) copier(d Device, t DType) (*Session, error) {
	r.copying.Lock()
	defer r.copying.Unlock()
	key := copier{d, t}
	if s := r.copiers[key]; s != nil {
		return s, nil
	}
	m := graphs.NewModel("copy", 18)
	m.Graph.Inputs = []*graphs.Value{{Name: "from", Type: graphs.Type{Elem: graphs.DType(t)}}}
	m.Graph.Outputs = []*graphs.Value{{Name: "to", Type: graphs.Type{Elem: graphs.DType(t)}}}
	m.Graph.Nodes = []*graphs.Node{{Op: "Identity", Inputs: []string{"from"}, Outputs: []string{"to"}}}
	encoded, err := graphs.Encode(m)
	if err != nil {
		return nil, err
	}
	s, err := r.NewSession(encoded, SessionOptions{Name: "a copy", Threads: 1, Device: d})
	if err != nil {
		return nil, err
	}
	if r.copiers == nil {
		r.copiers = map[copier]*Session{}
	}
	r.copiers[key] = s
	return s, nil
}
