package datasets

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The wanted pixels are Pillow's own; testdata/pillow_images.py writes them.
// PNG is exact. Decoders of JPEG may round differently, and scale up colours
// that were kept at half the size in other ways.
func TestDecodeImageEqualsPillow(t *testing.T) {
	data, err := os.ReadFile("testdata/images.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name       string
			File, Want []byte
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil || len(golden.Cases) == 0 {
		t.Fatalf("%d golden images, %v", len(golden.Cases), err)
	}
	var s imageScaler
	for _, c := range golden.Cases {
		got := make([]uint8, 3*Side*Side)
		if err := s.decode(got, c.File); err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		worst := 0
		for i := range got {
			worst = max(worst, int(got[i])-int(c.Want[i]), int(c.Want[i])-int(got[i]))
		}
		allowed := 0
		switch {
		case strings.Contains(c.Name, "4:2:0"):
			allowed = 24
		case strings.HasPrefix(c.Name, "jpeg"):
			allowed = 2
		}
		if worst > allowed {
			t.Errorf("%s: a pixel differs by %d from Pillow's, at most %d may be", c.Name, worst, allowed)
		}
	}
}

func FuzzDecodeImage(f *testing.F) {
	data, err := os.ReadFile("testdata/images.json")
	if err != nil {
		f.Fatal(err)
	}
	var golden struct{ Cases []struct{ File []byte } }
	if err := json.Unmarshal(data, &golden); err != nil {
		f.Fatal(err)
	}
	for _, c := range golden.Cases {
		f.Add(c.File)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		var s imageScaler
		_ = s.decode(make([]uint8, 3*Side*Side), data) // must not panic
	})
}
