package ort_test

import (
	"context"
	"fmt"
	"log"

	"github.com/memdil/memdil/ort"
)

// A training step bound once and run many times: what it writes is read in place.
func ExampleSession_Bind() {
	runtime, err := ort.Load(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	session, err := runtime.NewSession(momentum(), ort.SessionOptions{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	buffers := map[string]*ort.Buffer{}
	for name, shape := range map[string][]int64{"x": {2}, "w": {2}, "lr": {}, "next.w": {2}, "loss": {}} {
		b, err := ort.NewBuffer(ort.Float32, shape...)
		if err != nil {
			log.Fatal(err)
		}
		defer b.Close()
		buffers[name] = b
	}
	binding, err := session.Bind(
		map[string]*ort.Buffer{"x": buffers["x"], "w": buffers["w"], "lr": buffers["lr"]},
		map[string]*ort.Buffer{"next.w": buffers["next.w"], "loss": buffers["loss"]})
	if err != nil {
		log.Fatal(err)
	}
	defer binding.Close()

	copy(buffers["x"].Float32s(), []float32{1, 3})
	buffers["lr"].Float32s()[0] = 0.25
	for range 3 {
		if err := binding.Run(); err != nil {
			log.Fatal(err)
		}
		fmt.Println(buffers["loss"].Float32s()[0], buffers["next.w"].Float32s())
		copy(buffers["w"].Float32s(), buffers["next.w"].Float32s())
	}
	// Output:
	// 5 [0.5 1.5]
	// 1.25 [0.75 2.25]
	// 0.3125 [0.875 2.625]
}

// What is run once, or on shapes that only the runtime knows, needs no buffers for its outputs.
func ExampleSession_Run() {
	runtime, err := ort.Load(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	session, err := runtime.NewSession(momentum(), ort.SessionOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	fmt.Println(session.Inputs())
	inputs := map[string]*ort.Buffer{}
	for _, io := range session.Inputs()[:3] { // the others have defaults
		shape := io.Shape
		for i := range shape {
			shape[i] = 4 // the symbolic dimension
		}
		b, err := ort.NewBuffer(io.DType, shape...)
		if err != nil {
			log.Fatal(err)
		}
		defer b.Close()
		inputs[io.Name] = b
	}
	outputs, err := session.Run(inputs, []string{"next.w"})
	if err != nil {
		log.Fatal(err)
	}
	defer outputs["next.w"].Close()
	fmt.Println(outputs["next.w"], outputs["next.w"].Float32s())
	// Output:
	// [x float32[-1] w float32[-1] lr float32[] s float32[] = default v float32[-1] = default]
	// float32[4] [0 0 0 0]
}

// The same training with the weights carried from run to run on the session's device.
func ExampleSession_BindDevice() {
	runtime, err := ort.Load(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	device, err := runtime.Device(ort.Device{Kind: ort.CPU}) // or ort.Auto, or ParseDevice's
	if err != nil {
		log.Fatal(err)
	}
	session, err := runtime.NewSession(momentum(), ort.SessionOptions{Threads: 1, Device: device})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	binding, err := session.BindDevice()
	if err != nil {
		log.Fatal(err)
	}
	defer binding.Close()
	x, w, lr := exampleBuffer(1, 3), exampleBuffer(0, 0), exampleScalar(0.25)
	loss := exampleScalar(0)
	for _, err := range []error{
		binding.Input("x", x), binding.Input("w", w), binding.Input("lr", lr), // copied to the device, once
		binding.Output("loss", loss), // copied from it by every run
		binding.Carry("next.w", "w"), // never copied
	} {
		if err != nil {
			log.Fatal(err)
		}
	}
	for range 3 {
		if err := binding.Run(nil); err != nil {
			log.Fatal(err)
		}
		fmt.Println(loss.Float32s()[0])
	}
	if err := binding.Value("next.w").CopyTo(w); err != nil {
		log.Fatal(err)
	}
	fmt.Println(w.Float32s())
	// Output:
	// 5
	// 1.25
	// 0.3125
	// [0.875 2.625]
}

func exampleBuffer(values ...float32) *ort.Buffer {
	b, err := ort.NewBuffer(ort.Float32, int64(len(values)))
	if err != nil {
		log.Fatal(err)
	}
	copy(b.Float32s(), values)
	return b
}

func exampleScalar(value float32) *ort.Buffer {
	b, err := ort.NewBuffer(ort.Float32)
	if err != nil {
		log.Fatal(err)
	}
	b.Float32s()[0] = value
	return b
}
