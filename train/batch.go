package train

import (
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// batch is one batch of samples in host memory.
type batch struct{ x, label *ort.Buffer }

// newBatch allocates a batch of n samples. What it returns is to be closed
// even after an error.
func newBatch(net *training.Net, n int) (batch, error) {
	var b batch
	shape, err := net.BatchShape(n)
	if err != nil {
		return b, err
	}
	if b.x, err = ort.NewBuffer(ort.Float32, shape...); err != nil {
		return b, err
	}
	b.label, err = ort.NewBuffer(ort.Int64, int64(n))
	return b, err
}

// fill writes the given samples to the batch.
func (b batch) fill(data Data, samples []int) {
	x, label := b.x.Float32s(), b.label.Int64s()
	width := len(x) / len(samples)
	for i, sample := range samples {
		data.Fill(x[i*width:(i+1)*width], sample)
		label[i] = data.Label(sample)
	}
}

// newScores allocates a batch's loss and number of correct predictions, to be
// closed even after an error.
func newScores() (loss, correct *ort.Buffer, err error) {
	if loss, err = ort.NewBuffer(ort.Float32); err != nil {
		return nil, nil, err
	}
	correct, err = ort.NewBuffer(ort.Int64)
	return loss, correct, err
}

func closeBuffers(buffers ...*ort.Buffer) {
	for _, b := range buffers {
		if b != nil {
			_ = b.Close() // always nil
		}
	}
}
