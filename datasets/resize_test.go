package datasets

import (
	"encoding/json"
	"os"
	"testing"
)

// The wanted pixels are Pillow's own; testdata/pillow.py writes them.
func TestResizeEqualsPillow(t *testing.T) {
	data, err := os.ReadFile("testdata/resize.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name         string
			In, Out      [2]int // height, width
			Pixels, Want []byte
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) == 0 {
		t.Fatal("no golden values")
	}
	for _, c := range golden.Cases {
		r := newResizer(c.In[0], c.In[1], c.Out[0], c.Out[1])
		got := make([]byte, c.Out[0]*c.Out[1])
		r.resize(got, c.Pixels, r.scratch())
		for i := range got {
			if got[i] != c.Want[i] {
				t.Errorf("%s to %v: pixel %d is %d, Pillow's %d", c.Name, c.Out, i, got[i], c.Want[i])
				break
			}
		}
	}
}

func BenchmarkResize(b *testing.B) {
	r := newResizer(28, 28, 32, 32)
	dst, src, scratch := make([]uint8, 32*32), make([]uint8, 28*28), r.scratch()
	for b.Loop() {
		r.resize(dst, src, scratch)
	}
}
