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
	"sync/atomic"
)

// maxPixels bounds images of one's own: beyond it one is taken for a mistake, or
// for an attack on memory.
const maxPixels = 1 << 26

// imageDecoder decodes encoded images into 3×Side×Side pixels.
type imageDecoder struct {
	images Images
	errs   []error // of each image, nil for a good one
}

func newImageDecoder(n int) *imageDecoder {
	return &imageDecoder{
		images: Images{N: n, C: 3, H: Side, W: Side, Pixels: make([]uint8, n*3*Side*Side)},
		errs:   make([]error, n),
	}
}

// decodeAll decodes the images whose bytes encoded returns, on all processors.
func (d *imageDecoder) decodeAll(ctx context.Context, encoded func(i int) ([]byte, error)) error {
	var stopped atomic.Bool
	inParallel(d.images.N, func(first, last int) {
		var s imageScaler
		for i := first; i < last; i++ {
			if ctx.Err() != nil {
				stopped.Store(true)
				return
			}
			data, err := encoded(i)
			if err == nil {
				err = s.decode(d.images.At(i), data)
			}
			d.errs[i] = plainPathError(err)
		}
	})
	if stopped.Load() {
		return context.Cause(ctx)
	}
	return nil
}

// finish returns the images with their labels. One that cannot be read is an
// error that names it or, if it is to be skipped, left out, with a note.
func (d *imageDecoder) finish(labels []int32, skip bool, name func(i int) string) (decoded, error) {
	var bad []int
	for i, err := range d.errs {
		if err != nil {
			bad = append(bad, i)
		}
	}
	if len(bad) == 0 {
		return decoded{images: d.images, labels: labels}, nil
	}
	first, more := bad[0], ""
	if len(bad) > 1 {
		more = fmt.Sprintf(" (and %d more)", len(bad)-1)
	}
	if !skip {
		return decoded{}, fmt.Errorf("read %s%s: %w; skip_unreadable leaves such images out", name(first), more, d.errs[first])
	}
	return d.without(labels, fmt.Sprintf("images that cannot be read are left out: %s%s: %v", name(first), more, d.errs[first]))
}

// without closes the gaps of images that could not be read.
func (d *imageDecoder) without(labels []int32, note string) (decoded, error) {
	got := decoded{images: Images{C: 3, H: Side, W: Side}, notes: []string{note}}
	const size = 3 * Side * Side
	for i, err := range d.errs {
		if err == nil {
			copy(d.images.Pixels[got.images.N*size:], d.images.At(i))
			got.images.N++
			got.labels = append(got.labels, labels[i])
		}
	}
	if got.images.N == 0 {
		return decoded{}, errors.New("none of the images can be read")
	}
	got.images.Pixels = d.images.Pixels[:got.images.N*size]
	return got, nil
}

// imageScaler brings images to 3×Side×Side pixels. It keeps the resizer of the
// last size.
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

// join appends the images of another decoder.
func (d *imageDecoder) join(more *imageDecoder) {
	d.images.N += more.images.N
	d.images.Pixels = append(d.images.Pixels, more.images.Pixels...)
	d.errs = append(d.errs, more.errs...)
}
