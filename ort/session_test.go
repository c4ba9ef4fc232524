package ort_test

import (
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

func float32bits(f float32) uint32 { return math.Float32bits(f) }

func open(t testing.TB, model []byte) *ort.Session {
	t.Helper()
	return openWith(t, model, ort.SessionOptions{})
}

// openWith makes a session on the device that the tests are to run on.
func openWith(t testing.TB, model []byte, o ort.SessionOptions) *ort.Session {
	t.Helper()
	o.Threads, o.Name, o.Device = 1, "momentum", orttest.Device(t)
	s, err := orttest.Runtime(t).NewSession(model, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func buffer(t testing.TB, shape []int64, values ...float32) *ort.Buffer {
	t.Helper()
	b, err := ort.NewBuffer(ort.Float32, shape...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	copy(b.Float32s(), values)
	return b
}

func TestSessionDescribesItsModel(t *testing.T) {
	s := open(t, momentum())
	want := "[x float32[-1] w float32[-1] lr float32[] s float32[] = default v float32[-1] = default]"
	if got := sprint(s.Inputs()); got != want {
		t.Errorf("inputs %s, want %s", got, want)
	}
	if got, want := sprint(s.Outputs()), "[loss float32[] next.w float32[-1] next.v float32[-1]]"; got != want {
		t.Errorf("outputs %s, want %s", got, want)
	}
}

func sprint(ios []ort.IO) string {
	var parts []string
	for _, io := range ios {
		parts = append(parts, io.String())
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// trainInGo is the reference of momentum's steps, in float32 with one rounding an operation as the runtime does it.
func trainInGo(x, w, v []float32, lr float32, steps int) (loss float32) {
	for range steps {
		var sum float32
		for i := range w {
			e := w[i] - x[i]
			sum += e * e
			v[i] = v[i]*0.5 + float32(e+e)
			w[i] -= float32(lr * v[i])
		}
		loss = sum / float32(len(w))
	}
	return loss
}

// TestTrainingSurvivesCollections trains through two bindings that swap their roles, as the host loop does, while the collector
// runs all the time: every value must be bit-equal to plain Go's, the rank-0 ones included.
func TestTrainingSurvivesCollections(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	s := open(t, momentum())
	const n, steps = 64, 200
	wantW, wantV, x := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = float32(i)/7 - 3
		wantW[i] = float32(i%5) * 0.3
	}
	lr := buffer(t, nil, 0.01)
	loss := buffer(t, nil)
	data := buffer(t, []int64{n}, x...)
	w := [2]*ort.Buffer{buffer(t, []int64{n}, wantW...), buffer(t, []int64{n})}
	v := [2]*ort.Buffer{buffer(t, []int64{n}), buffer(t, []int64{n})}
	var bindings [2]*ort.Binding
	for i := range bindings {
		var err error
		bindings[i], err = s.Bind(
			map[string]*ort.Buffer{"x": data, "w": w[i], "v": v[i], "lr": lr},
			map[string]*ort.Buffer{"loss": loss, "next.w": w[1-i], "next.v": v[1-i]})
		if err != nil {
			t.Fatal(err)
		}
		defer bindings[i].Close()
	}
	for step := range steps {
		if step == steps/2 {
			lr.Float32s()[0] = 0.002 // a rank-0 input is read anew by every run
		}
		garbage(t)
		if err := bindings[step%2].Run(); err != nil {
			t.Fatal(err)
		}
		wantLoss := trainInGo(x, wantW, wantV, lr.Float32s()[0], 1)
		if got := loss.Float32s()[0]; !(math.Abs(float64(got-wantLoss)) <= 1e-5*float64(wantLoss)) {
			t.Fatalf("step %d: loss %v, want %v", step, got, wantLoss)
		}
		if got := w[1-step%2].Float32s(); !slices.Equal(got, wantW) {
			t.Fatalf("step %d: w = %v, want %v", step, got, wantW)
		}
		if got := v[1-step%2].Float32s(); !slices.Equal(got, wantV) {
			t.Fatalf("step %d: v = %v, want %v", step, got, wantV)
		}
	}
}

var sink []byte

// garbage makes the collector run and memory be used again.
func garbage(testing.TB) {
	for range 20 {
		sink = make([]byte, 4096)
		for i := range sink {
			sink[i] = 0xAA
		}
	}
	runtime.GC()
}

func TestRunFindsShapesAndUsesDefaults(t *testing.T) {
	s := open(t, momentum())
	for _, n := range []int64{1, 3, 100} {
		got, err := s.Run(map[string]*ort.Buffer{
			"x": buffer(t, []int64{n}), "w": buffer(t, []int64{n}, 2), "lr": buffer(t, nil, 0.5),
		}, []string{"next.w", "loss"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || !slices.Equal(got["next.w"].Shape(), []int64{n}) || len(got["loss"].Shape()) != 0 {
			t.Fatalf("n = %d: outputs %v", n, got)
		}
		// g = 2·2, so next.w = 2 − ½·4; loss = 2²/n.
		if w, loss := got["next.w"].Float32s()[0], got["loss"].Float32s(); w != 0 || len(loss) != 1 || loss[0] != 4/float32(n) {
			t.Errorf("n = %d: next.w[0] = %v, loss = %v", n, w, loss)
		}
		for _, b := range got {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRunOfABindingDoesNotAllocate(t *testing.T) {
	if d := orttest.Device(t); d.Kind != ort.CPU {
		t.Skipf("%s is not the CPU", d)
	}
	b := bound(t, open(t, momentum()))
	if n := testing.AllocsPerRun(100, func() {
		if err := b.Run(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a run, want none", n)
	}
}

func bound(t testing.TB, s *ort.Session) *ort.Binding {
	t.Helper()
	b, err := s.Bind(
		map[string]*ort.Buffer{"x": buffer(t, []int64{4}, 1, 2, 3, 4), "w": buffer(t, []int64{4}), "lr": buffer(t, nil, 0.5)},
		map[string]*ort.Buffer{"next.w": buffer(t, []int64{4}), "loss": buffer(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestSessionsRunConcurrently(t *testing.T) {
	s := open(t, momentum())
	var group sync.WaitGroup
	for range 4 {
		b := bound(t, s)
		group.Go(func() {
			for range 200 {
				if err := b.Run(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestCloseInAnyOrder(t *testing.T) {
	s := open(t, momentum())
	x, w, lr := buffer(t, []int64{2}, 1, 1), buffer(t, []int64{2}), buffer(t, nil, 1)
	next, err := ort.NewBuffer(ort.Float32, 2)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Bind(map[string]*ort.Buffer{"x": x, "w": w, "lr": lr}, map[string]*ort.Buffer{"next.w": next})
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Run(map[string]*ort.Buffer{"x": x, "w": w, "lr": lr}, []string{"next.v"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []interface{ Close() error }{s, x, w, lr, next, next, s} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Run(); err != nil { // its buffers and session live on
		t.Error(err)
	}
	b.Close()
	b.Close()
	if v := results["next.v"].Float32s(); v[0] != -2 || v[1] != -2 { // results outlive the session
		t.Errorf("next.v = %v, want [-2 -2]", v)
	}
	if err := results["next.v"].Close(); err != nil {
		t.Error(err)
	}
	panics(t, "ort: Run of a closed binding", func() { _ = b.Run() })
	panics(t, "ort: use of a closed buffer", func() { next.Float32s() })
	panics(t, "ort: use of a closed session", func() { _, _ = s.Run(nil, nil) })
}

func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	f()
}

// BenchmarkRun measures what a Run costs beside the model's own work.
func BenchmarkRun(b *testing.B) {
	binding := bound(b, open(b, momentum()))
	for b.Loop() {
		if err := binding.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
