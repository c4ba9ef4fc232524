package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // images of one's own are JPEG
	_ "image/png"  // or PNG
	"slices"

	"golang.org/x/sync/semaphore"
)

// maxPixels bounds images of one's own: beyond it one is taken for a mistake, or
// for an attack on memory.
const maxPixels = 1 << 26

// imageDecoder decodes encoded images into 3×Side×Side pixels. Those that cannot
// be read take no room.
type imageDecoder struct {
	images Images
	labels []int32 // of the images
	unread struct {
		n     int    // how many cannot be read
		first string // what the first of them is called
		err   error  // why it cannot
	}
}

// newImageDecoder makes room for so many images.
func newImageDecoder(n int) *imageDecoder {
	return &imageDecoder{images: Images{C: 3, H: Side, W: Side, Pixels: make([]uint8, 0, n*3*Side*Side)}, labels: make([]int32, 0, n)}
}

// seen is how many images there were.
func (d *imageDecoder) seen() int { return d.images.N + d.unread.n }

// decodedAtOnce is for how many images there is room before it is known whether
// they can be read.
const decodedAtOnce = 4096

// add decodes an image for each of the labels, on all processors: encoded
// returns its bytes, and name what messages call it.
func (d *imageDecoder) add(ctx context.Context, labels []int32, encoded func(i int) ([]byte, error), name func(i int) string) error {
	const size = 3 * Side * Side
	for from := 0; from < len(labels); from += decodedAtOnce {
		n := min(decodedAtOnce, len(labels)-from)
		fresh := Images{N: n, C: 3, H: Side, W: Side}
		d.images.Pixels = slices.Grow(d.images.Pixels, n*size)
		fresh.Pixels = d.images.Pixels[len(d.images.Pixels):][:n*size]
		errs := fresh.decode(ctx, func(i int) ([]byte, error) { return encoded(from + i) })
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for i, err := range errs {
			switch {
			case err == nil: // moves into the gaps of those before
				d.images.Pixels, d.labels = append(d.images.Pixels, fresh.At(i)...), append(d.labels, labels[from+i])
				d.images.N++
				continue
			case d.unread.n == 0:
				d.unread.first, d.unread.err = name(from+i), err
			}
			d.unread.n++
		}
	}
	return nil
}

// decode fills in the images whose bytes encoded returns. The errors say which
// cannot be read; all are nonsense when ctx has ended.
func (m Images) decode(ctx context.Context, encoded func(i int) ([]byte, error)) []error {
	errs := make([]error, m.N)
	inParallel(m.N, func(first, last int) {
		var s imageScaler
		for i := first; i < last && ctx.Err() == nil; i++ {
			data, err := encoded(i)
			if err == nil {
				err = s.decode(m.At(i), data)
			}
			errs[i] = plainPathError(err)
		}
	})
	return errs
}

// finish returns the images with their labels. One that cannot be read is an
// error that names it or, if it is to be skipped, left out, with a note.
func (d *imageDecoder) finish(skip bool) (decoded, error) {
	got := decoded{images: d.images, labels: d.labels}
	if d.unread.n == 0 {
		return got, nil
	}
	first := d.unread.first
	if d.unread.n > 1 {
		first += fmt.Sprintf(" (and %d more)", d.unread.n-1)
	}
	switch {
	case !skip:
		return decoded{}, fmt.Errorf("read %s: %w; skip_unreadable leaves such images out", first, d.unread.err)
	case d.images.N == 0:
		return decoded{}, errors.New("none of the images can be read")
	}
	got.notes = []string{fmt.Sprintf("images that cannot be read are left out: %s: %v", first, d.unread.err)}
	return got, nil
}

// largeImage is the number of pixels from which on images wait for room: many
// processors would otherwise hold as many photographs at a time, of up to 11 bytes
// a pixel.
const largeImage = 1 << 20

// imageRoom is for the pixels of large images; a variable for tests.
var imageRoom = semaphore.NewWeighted(2 * maxPixels)

// imageScaler brings images to 3×Side×Side pixels. It keeps the resizer of the
// last size, but for large images.
type imageScaler struct {
	r       *resizer
	scratch []uint8
	planes  []uint8 // red, green, blue
}

// decode writes the pixels of an encoded image to dst: its red, green and blue
// planes without alpha, scaled.
func (s *imageScaler) decode(dst []uint8, data []byte) error {
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case errors.Is(err, image.ErrFormat):
		return errors.New("neither PNG nor JPEG")
	case err != nil:
		return err
	case config.Width < 1 || config.Height < 1 || config.Width > maxPixels/config.Height:
		return fmt.Errorf("%s image of %d×%d pixels, at most %d are read", kind, config.Width, config.Height, maxPixels)
	}
	if pixels := int64(config.Width) * int64(config.Height); pixels >= largeImage {
		_ = imageRoom.Acquire(context.Background(), pixels) // it waits for others, and never longer
		defer imageRoom.Release(pixels)
		defer func() { *s = imageScaler{} }()
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return err
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if s.r == nil || s.r.inW != w || s.r.inH != h {
		s.r = newResizer(h, w, Side, Side)
		s.scratch, s.planes = s.r.scratch(), make([]uint8, 3*w*h)
	}
	splitChannels(s.planes, m)
	for c := range 3 {
		s.r.resize(dst[c*Side*Side:][:Side*Side], s.planes[c*w*h:][:w*h], s.scratch)
	}
	return nil
}

// splitChannels writes the red, green and blue planes of an image, as Pillow
// converts to RGB: alpha is dropped, not multiplied in.
func splitChannels(planes []uint8, m image.Image) {
	b := m.Bounds()
	rgb := colours(m)
	n, i := b.Dx()*b.Dy(), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			planes[i], planes[n+i], planes[2*n+i] = rgb(x, y)
			i++
		}
	}
}

// colours returns how to get a pixel of an image, fast for those that the
// decoders make as a rule.
func colours(m image.Image) func(x, y int) (r, g, b uint8) {
	switch m := m.(type) {
	case *image.YCbCr:
		return func(x, y int) (r, g, b uint8) {
			i, j := m.YOffset(x, y), m.COffset(x, y)
			return color.YCbCrToRGB(m.Y[i], m.Cb[j], m.Cr[j])
		}
	case *image.Gray:
		return func(x, y int) (r, g, b uint8) {
			v := m.Pix[m.PixOffset(x, y)]
			return v, v, v
		}
	case *image.NRGBA:
		return func(x, y int) (r, g, b uint8) {
			p := m.Pix[m.PixOffset(x, y):]
			return p[0], p[1], p[2]
		}
	case *image.RGBA: // the decoders make it of opaque images only
		return func(x, y int) (r, g, b uint8) {
			p := m.Pix[m.PixOffset(x, y):]
			return p[0], p[1], p[2]
		}
	}
	return func(x, y int) (r, g, b uint8) {
		p := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
		return p.R, p.G, p.B
	}
}
