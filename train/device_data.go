package train

import (
	"errors"
	"runtime"
	"sync"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// deviceData is a data set on a device: every input, as bytes or normalised,
// and every label.
type deviceData struct{ inputs, labels *ort.Value }

// bindData binds the data set, which is put on the session's device unless it
// is there.
func (j *deviceJob) bindData(s *ort.Session, b *ort.DeviceBinding) error {
	if j.set == nil {
		var err error
		if j.set, err = newDeviceData(s, j.cfg.Net, j.data, j.pixels != nil); err != nil {
			return err
		}
	}
	if err := b.Input(training.DataInput, j.set.inputs); err != nil {
		return err
	}
	return b.Input(training.LabelsInput, j.set.labels)
}

// newDeviceData puts data on the session's device, as bytes if asked for.
func newDeviceData(s *ort.Session, net *training.Net, data Data, bytes bool) (*deviceData, error) {
	n := data.Len()
	shape, err := net.BatchShape(n)
	if err != nil {
		return nil, err
	}
	d := &deviceData{}
	if bytes {
		images := data.(Images)
		d.inputs, err = upload(s, ort.Uint8, shape, func(b *ort.Buffer) {
			each(n, b.Uint8s(), func(to []uint8, i int) { copy(to, images.Pixels(i)) })
		})
	} else {
		d.inputs, err = upload(s, ort.Float32, shape, func(b *ort.Buffer) { each(n, b.Float32s(), data.Fill) })
	}
	if err != nil {
		return nil, err
	}
	d.labels, err = upload(s, ort.Int64, shape[:1], func(b *ort.Buffer) {
		each(n, b.Int64s(), func(to []int64, i int) { to[0] = data.Label(i) })
	})
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// upload makes a tensor on the session's device that holds what fill writes.
func upload(s *ort.Session, t ort.DType, shape []int64, fill func(*ort.Buffer)) (*ort.Value, error) {
	b, err := ort.NewBuffer(t, shape...)
	if err != nil {
		return nil, err
	}
	defer closeBuffers(b)
	fill(b)
	v, err := s.NewValue(t, shape...)
	if err != nil {
		return nil, err
	}
	if err := v.CopyFrom(b); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// each cuts all into n equal parts and calls fill with every one, on all
// cores.
func each[T any](n int, all []T, fill func(part []T, i int)) {
	width := len(all) / n
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				fill(all[i*width:(i+1)*width], i)
			}
		})
	}
	wait.Wait()
}

func (d *deviceData) close() {
	for _, v := range []*ort.Value{d.inputs, d.labels} {
		if v != nil {
			_ = v.Close() // always nil
		}
	}
}
