package train_test

import (
	"fmt"
	"os"

	"github.com/memdil/memdil/train"
)

// A damaged checkpoint costs no more than what was trained since the one before.
func ExampleCheckpoints() {
	dir, err := os.MkdirTemp("", "checkpoints")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	kept := train.Checkpoints{Dir: dir, Keep: 2}
	for epoch := 1; epoch <= 3; epoch++ {
		if err := kept.Save(train.Checkpoint{Key: "settings", Position: train.Position{Epoch: epoch}}); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := os.Truncate(kept.Last(), 100); err != nil { // half written by a failing disk, say
		fmt.Println(err)
		return
	}
	c, damaged, err := kept.Recover()
	fmt.Println("goes on after epoch", c.Position.Epoch, "with", len(damaged), "damaged", err)
	// Output: goes on after epoch 2 with 1 damaged <nil>
}
