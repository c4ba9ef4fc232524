package training

import "github.com/memdil/memdil/graphs"

// Gradient derives the graph of the loss and its gradients: inputs are the
// model's own and "label" (int64, N), outputs "loss" (rank 0) and "grad.P", of
// P's shape, for every parameter P.
func (net *Net) Gradient(o Objective) (*graphs.Model, error) {
	var outputs []string
	for _, p := range net.Parameters {
		outputs = append(outputs, gradPrefix+p.Name)
	}
	d, err := net.derive(o, outputs)
	if err != nil {
		return nil, err
	}
	d.emit(LossOutput, d.loss)
	for _, p := range net.Parameters {
		d.emit(gradPrefix+p.Name, d.grad(p))
	}
	m, err := d.finish("gradient")
	if err != nil {
		return nil, err
	}
	describe(m, "parameters", net.parameterNames())
	return m, nil
}
