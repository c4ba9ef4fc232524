package pipeline

import (
	"errors"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestModelTooLarge asks for a model of 2⁵⁰ bytes: a mistake, and not the end of
// this process by the system's hand.
func TestModelTooLarge(t *testing.T) {
	if machine.FreeMemory() == 0 {
		t.Skip("the system does not tell how much memory is free")
	}
	e := with(t, settings.Defaults(), "model", "MLP", "width", "65536", "depth", "65536")
	var mistake *settings.UsageError
	if _, err := Net(e); !errors.As(err, &mistake) || !strings.Contains(err.Error(), "the weights take more memory than") {
		t.Errorf("error %v", err)
	}
}
