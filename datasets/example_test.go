package datasets_test

import (
	"context"
	"fmt"
	"log"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/fixtures"
)

func ExampleLoad() {
	d, err := datasets.Load(context.Background(), datasets.Options{
		Name:     "mnist",
		FS:       fixtures.MNIST01(), // or Dir: "/data"
		Classes:  2,
		Noise:    datasets.Noise{Degrees: []float64{0.2}},
		ValSplit: 0.2,
		Seed:     6,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Train.N, "training images of", d.Train.C, "×", d.Train.H, "×", d.Train.W)
	for _, s := range d.TrainSamples[239:242] {
		fmt.Println(s.Index, s.Split, s.Label, s.TrueLabel)
	}
	input := make([]float32, 3*datasets.Side*datasets.Side)
	d.Normalizer.Normalize(input, d.Train.At(0))
	fmt.Printf("%.4f\n", input[0])
	// Output:
	// 1200 training images of 3 × 32 × 32
	// 239 val 1 0
	// 240 train 0 1
	// 241 train 0 0
	// -0.4242
}

func ExampleList() {
	for _, info := range datasets.List() {
		fmt.Printf("%s: %s, %d classes, %d MB\n", info.Name, info.Title, len(info.ClassNames), info.Bytes/1e6)
	}
	// Output:
	// cifar10: CIFAR-10 small photographs, 10 classes, 170 MB
	// cifar100: CIFAR-100 small photographs, by their fine labels, 100 classes, 168 MB
	// cifar10_random: CIFAR-10 with its labels dealt out at random, 10 classes, 170 MB
	// fashionmnist: Fashion-MNIST articles of clothing, 10 classes, 30 MB
	// mnist: MNIST handwritten digits, 10 classes, 11 MB
	// svhn: SVHN street view house numbers, cropped digits, 10 classes, 246 MB
}
