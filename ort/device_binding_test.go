package ort_test

import (
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

func bindDevice(t testing.TB, s *ort.Session) *ort.DeviceBinding {
	t.Helper()
	b, err := s.BindDevice()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// training is what the tests of device bindings train: the state and what they compare it with.
type training struct {
	x, lr, loss  *ort.Buffer
	wantW, wantV []float32
}

func newTraining(t testing.TB, n int) training {
	t.Helper()
	tr := training{x: buffer(t, []int64{int64(n)}), lr: buffer(t, nil, 0.01), loss: buffer(t, nil), wantW: make([]float32, n), wantV: make([]float32, n)}
	for i := range n {
		tr.x.Float32s()[i] = float32(i)/7 - 3
		tr.wantW[i] = float32(i%5) * 0.3
	}
	return tr
}

// step does a step in Go and compares with the values that a run left. It returns the loss.
func (tr training) step(t testing.TB, step int, w, v *ort.Value) float32 {
	t.Helper()
	loss := trainInGo(tr.x.Float32s(), tr.wantW, tr.wantV, tr.lr.Float32s()[0], 1)
	for _, c := range []struct {
		name string
		got  *ort.Value
		want []float32
	}{{"w", w, tr.wantW}, {"v", v, tr.wantV}} {
		host := buffer(t, c.got.Shape())
		must(t, c.got.CopyTo(host))
		if !slices.Equal(host.Float32s(), c.want) {
			t.Fatalf("step %d: %s = %v, want %v", step, c.name, host.Float32s(), c.want)
		}
		_ = host.Close()
	}
	return loss
}

// TestCarriedTrainingSurvivesCollections trains with the state carried from run to run where it lies, while the collector runs all the
// time: every value must be bit-equal to plain Go's.
func TestCarriedTrainingSurvivesCollections(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	tr := newTraining(t, 64)
	b := bindDevice(t, open(t, momentum()))
	must(t, b.Input("x", tr.x))
	must(t, b.Input("w", buffer(t, []int64{64}, tr.wantW...)))
	must(t, b.Input("v", buffer(t, []int64{64})))
	must(t, b.Output("loss", tr.loss))
	must(t, b.Carry("next.w", "w"))
	must(t, b.Carry("next.v", "v"))
	for step := range 100 {
		tr.lr.Float32s()[0] = 0.01 / float32(1+step%3)
		must(t, b.Input("lr", tr.lr))
		garbage(t)
		must(t, b.Run(nil))
		want := tr.step(t, step, b.Value("next.w"), b.Value("next.v"))
		if got := tr.loss.Float32s()[0]; !(math.Abs(float64(got-want)) <= 1e-5*float64(want)) {
			t.Fatalf("step %d: loss %v, want %v", step, got, want)
		}
	}
	if b.Value("loss") != nil {
		t.Error("an output that goes to a buffer has a value")
	}
}

// TestTurnsOfTwoBindings trains with values at fixed places through two bindings that take turns, as CUDA graphs want it.
func TestTurnsOfTwoBindings(t *testing.T) {
	for _, graph := range []bool{false, true} { // the CPU records no graph
		t.Run(fmt.Sprintf("graph %v", graph), func(t *testing.T) { takeTurns(t, openWith(t, momentum(), ort.SessionOptions{CUDAGraph: graph})) })
	}
}

func takeTurns(t *testing.T, s *ort.Session) {
	tr := newTraining(t, 16)
	newValue := func(values []float32) *ort.Value {
		v, err := s.NewValue(ort.Float32, 16)
		must(t, err)
		t.Cleanup(func() { _ = v.Close() })
		must(t, v.CopyFrom(buffer(t, []int64{16}, values...)))
		return v
	}
	w := [2]*ort.Value{newValue(tr.wantW), newValue(nil)}
	v := [2]*ort.Value{newValue(nil), newValue(nil)}
	var turns [2]*ort.DeviceBinding
	var options [2]*ort.RunOptions
	for i := range turns {
		b := bindDevice(t, s)
		must(t, b.Input("x", tr.x))
		must(t, b.Input("lr", tr.lr))
		must(t, b.Input("w", w[i]))
		must(t, b.Input("v", v[i]))
		must(t, b.Output("next.w", w[1-i]))
		must(t, b.Output("next.v", v[1-i]))
		o, err := orttest.Runtime(t).NewRunOptions(ort.RunSettings{GraphID: i + 1, NoSynchronize: true})
		must(t, err)
		defer o.Close()
		turns[i], options[i] = b, o
	}
	for step := range 20 {
		must(t, turns[step%2].Run(options[step%2]))
		must(t, turns[step%2].Synchronize())
		tr.step(t, step, w[1-step%2], v[1-step%2])
	}
}

// TestValuesMoveBetweenSessions: what one session left is another's input, and outlives the first session and its binding.
func TestValuesMoveBetweenSessions(t *testing.T) {
	first := open(t, momentum())
	a, err := first.BindDevice()
	must(t, err)
	must(t, a.Input("x", buffer(t, []int64{3}, 1, 2, 3)))
	must(t, a.Input("w", buffer(t, []int64{3})))
	must(t, a.Input("lr", buffer(t, nil, 0.5)))
	must(t, a.Keep("next.w"))
	must(t, a.Run(nil))
	if got, want := a.Value("next.w").String(), "float32[3] on "+first.Device().String(); got != want {
		t.Errorf("value %s, want %s", got, want)
	}
	b := bindDevice(t, open(t, graph{
		nodes:   [][]byte{node("Neg", []string{"x"}, "y")},
		inputs:  [][]byte{value("x", ort.Float32, "n")},
		outputs: [][]byte{value("y", ort.Float32, "n")},
	}.model()))
	must(t, b.Input("x", a.Value("next.w")))
	a.Close()
	must(t, first.Close())
	y := buffer(t, []int64{3})
	must(t, b.Output("y", y))
	must(t, b.Run(nil))
	if got := y.Float32s(); !slices.Equal(got, []float32{-1, -2, -3}) {
		t.Errorf("y = %v, want [-1 -2 -3]", got)
	}
}

func TestCopiesKeepEveryType(t *testing.T) {
	s := open(t, momentum())
	for _, c := range []struct {
		dtype ort.DType
		shape []int64
	}{
		{ort.Float32, nil}, {ort.Float64, []int64{2, 3}}, {ort.Int64, []int64{4}}, {ort.Int32, []int64{1, 2}}, {ort.Uint8, []int64{5, 3, 2, 2}},
		{ort.Int8, []int64{3}}, {ort.Bool, []int64{8}}, {ort.Float16, []int64{7}}, {ort.Float32, []int64{0, 3}},
	} {
		from, err := ort.NewBuffer(c.dtype, c.shape...)
		must(t, err)
		defer from.Close()
		to, err := ort.NewBuffer(c.dtype, c.shape...)
		must(t, err)
		defer to.Close()
		v, err := s.NewValue(c.dtype, c.shape...)
		must(t, err)
		for i := range from.Bytes() {
			from.Bytes()[i] = byte(1 + i%2*7)
			if c.dtype == ort.Bool {
				from.Bytes()[i] = byte(i % 2)
			}
		}
		must(t, v.CopyFrom(from))
		must(t, v.CopyTo(to))
		if !slices.Equal(from.Bytes(), to.Bytes()) {
			t.Errorf("%s: %v came back as %v", v, from.Bytes(), to.Bytes())
		}
		if err := v.CopyTo(buffer(t, []int64{9, 9})); err == nil || !strings.Contains(err.Error(), "not the same type and shape") {
			t.Errorf("%s into float32[9 9]: error %v", v, err)
		}
		must(t, v.Close())
		must(t, v.Close())
	}
}

func TestDeviceBindingErrors(t *testing.T) {
	s := open(t, momentum())
	b := bindDevice(t, s)
	x := buffer(t, []int64{2})
	for _, c := range []struct {
		err  error
		want string
	}{
		{b.Input("nope", x), "bind momentum: input nope: the model has none of that name"},
		{b.Input("lr", x), "bind momentum: input lr: the model wants float32[], the tensor is float32[2]"},
		{b.Output("nope", x), "bind momentum: output nope: the model has none of that name"},
		{b.Keep("nope"), "bind momentum: output nope: the model has none of that name"},
		{b.Carry("next.w", "nope"), "bind momentum: input nope: the model has none of that name"},
		{b.Run(nil), "run momentum: input x float32[-1]: missing"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
	o, err := orttest.Runtime(t).NewRunOptions(ort.RunSettings{})
	must(t, err)
	must(t, o.Terminate())
	must(t, b.Input("x", x))
	must(t, b.Input("w", x))
	must(t, b.Input("lr", buffer(t, nil)))
	must(t, b.Keep("loss"))
	if err := b.Run(o); err == nil || !strings.Contains(strings.ToLower(err.Error()), "terminate") {
		t.Errorf("a terminated run: error %v", err)
	}
	o.Close()
	o.Close()
	panics(t, "ort: use of closed run options", func() { _ = b.Run(o) })
	must(t, b.Run(nil))
	kept := b.Value("loss")
	b.Close()
	b.Close()
	panics(t, "ort: use of a closed binding", func() { _ = b.Run(nil) })
	panics(t, "ort: use of a closed value", func() { _ = bindDevice(t, s).Input("lr", kept) })
}

// TestShrinkIsAsked: the runtime is told whose memory to give back, which it refuses where there is no such GPU.
func TestShrinkIsAsked(t *testing.T) {
	s := open(t, momentum())
	if s.Device().Kind != ort.CPU {
		t.Skip("sessions are on a GPU")
	}
	b := bindDevice(t, s)
	must(t, b.Input("x", buffer(t, []int64{3}, 1, 2, 3)))
	must(t, b.Input("w", buffer(t, []int64{3})))
	must(t, b.Input("lr", buffer(t, nil, 0.5)))
	must(t, b.Keep("next.w"))
	for _, d := range []ort.Device{{Kind: ort.CPU}, {Kind: ort.CUDA, Ordinal: 3}} {
		o, err := orttest.Runtime(t).NewRunOptions(ort.RunSettings{Shrink: d})
		must(t, err)
		defer o.Close()
		if err := b.Run(o); (err == nil) != (d.Kind == ort.CPU) || err != nil && !strings.Contains(err.Error(), "gpu:3") {
			t.Errorf("memory of %s: error %v", d, err)
		}
	}
}

// TestOutputsCanBeMoved: an output that is bound anew is written to its new place only.
func TestOutputsCanBeMoved(t *testing.T) {
	b := bindDevice(t, open(t, momentum()))
	x, w, old, now := buffer(t, []int64{1}, 1), buffer(t, []int64{1}), buffer(t, []int64{1}, 7), buffer(t, []int64{1})
	must(t, b.Input("x", x))
	must(t, b.Input("w", w))
	must(t, b.Input("lr", buffer(t, nil, 0.5)))
	must(t, b.Output("next.w", old))
	must(t, b.Keep("next.w"))
	must(t, b.Run(nil))
	must(t, b.Value("next.w").CopyTo(now))
	if old.Float32s()[0] != 7 || now.Float32s()[0] != 1 {
		t.Errorf("the old place holds %v, the value is %v, want 7 and 1", old.Float32s(), now.Float32s())
	}
	must(t, b.Output("next.w", old))
	must(t, b.Run(nil))
	if old.Float32s()[0] != 1 || b.Value("next.w") != nil {
		t.Errorf("the buffer holds %v", old.Float32s())
	}
}

// BenchmarkCarriedRun measures what a Run costs beside the model's own work.
func BenchmarkCarriedRun(b *testing.B) {
	tr := newTraining(b, 4)
	binding := bindDevice(b, open(b, momentum()))
	must(b, binding.Input("x", tr.x))
	must(b, binding.Input("w", tr.x))
	must(b, binding.Input("lr", tr.lr))
	must(b, binding.Output("loss", tr.loss))
	must(b, binding.Carry("next.w", "w"))
	for b.Loop() {
		must(b, binding.Run(nil))
	}
}
