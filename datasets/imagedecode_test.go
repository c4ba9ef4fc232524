package datasets

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"
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

// TestUnreadableImages has three in four images fail: they take no room, and the
// others keep their labels.
func TestUnreadableImages(t *testing.T) {
	const n = 4 * decodedAtOnce
	d := newImageDecoder(0)
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(i)
	}
	good := encodedImage(t, "a.png", color.RGBA{1, 2, 3, 255})
	err := d.add(t.Context(), labels, func(i int) ([]byte, error) {
		if i%4 == 3 {
			return good, nil
		}
		return nil, nil
	}, func(i int) string { return fmt.Sprint("image ", i) })
	if err != nil {
		t.Fatal(err)
	}
	if room := cap(d.images.Pixels) / (3 * Side * Side); room > 3*decodedAtOnce {
		t.Errorf("there is room for %d images, of %d that can be read", room, n/4)
	}
	if _, err := d.finish(false); err == nil || err.Error() != fmt.Sprintf("read image 0 (and %d more): neither PNG nor JPEG; skip_unreadable leaves such images out", 3*n/4-1) {
		t.Errorf("error %v", err)
	}
	got, err := d.finish(true)
	if err != nil || got.images.N != n/4 || len(got.labels) != n/4 || len(got.images.Pixels) != n/4*3*Side*Side {
		t.Fatalf("%d images with %d labels, %v", got.images.N, len(got.labels), err)
	}
	for i := range got.images.N {
		if p := got.images.At(i); got.labels[i] != int32(4*i+3) || p[0] != 1 || p[len(p)-1] != 3 {
			t.Fatalf("image %d has label %d and the colour %d, %d", i, got.labels[i], p[0], p[len(p)-1])
		}
	}
}

// TestLargeImagesWait has eight processors decode images of which there is room
// for one at a time.
func TestLargeImagesWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	defer func(room *semaphore.Weighted) { imageRoom = room }(imageRoom)
	const side = 1024
	imageRoom = semaphore.NewWeighted(2*side*side - 1)
	var now, most atomic.Int32
	image.RegisterFormat("test", "memdil test", func(io.Reader) (image.Image, error) {
		defer now.Add(-1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Millisecond)
		return image.NewGray(image.Rect(0, 0, side, side)), nil
	}, func(io.Reader) (image.Config, error) { return image.Config{Width: side, Height: side}, nil })
	d := newImageDecoder(0)
	err := d.add(t.Context(), make([]int32, 16), func(int) ([]byte, error) { return []byte("memdil test"), nil }, strconv.Itoa)
	if err != nil || d.images.N != 16 || most.Load() != 1 {
		t.Errorf("%d images, at most %d at a time, %v", d.images.N, most.Load(), err)
	}
}
