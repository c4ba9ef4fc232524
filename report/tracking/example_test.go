package tracking_test

import (
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/report/tracking"
)

// Two epochs of a run, for TensorBoard. The history is added as a whole each
// time; what is there already is passed over.
func ExampleOpenTensorBoard() {
	dir, err := os.MkdirTemp("", "tensorboard")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	params := []tracking.Param{{Name: "loss", Value: "LS"}, {Name: "lr", Value: 0.05}}
	t := tracking.OpenTensorBoard(dir, params, slog.Default())
	history := []tracking.Point{{Name: "train_loss", Step: 1, Value: 0.7}}
	t.Add(history...)
	history = append(history, tracking.Point{Name: "train_loss", Step: 2, Value: 0.5})
	t.Add(history...)
	t.Finish(tracking.Finished)

	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(files), "event file")
	// Output: 1 event file
}
