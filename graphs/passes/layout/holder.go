package layout

import "github.com/memdil/memdil/graphs"

// holder keeps the books of a pass that holds images N×C×H×W in another layout,
// which is the transpose of what they are as a matrix.
type holder struct {
	*graphs.Builder
	// rowsOf is how many rows that transpose has, dimsOf the shape it is given.
	rowsOf func(of plane) int64
	dimsOf func(of plane) []int64
	// planes says what is in each value that is held.
	planes map[string]plane
	// images maps a value that is held to its N×C×H×W, turned maps images to the
	// value that holds them, where these are computed.
	images, turned map[string]string
}

func newHolder(rows func(of plane) int64, dims func(of plane) []int64) holder {
	return holder{rowsOf: rows, dimsOf: dims, planes: map[string]plane{}, images: map[string]string{}, turned: map[string]string{}}
}

// holds takes note of a value that holds images.
func (h *holder) holds(name string, of plane) string {
	h.planes[name] = of
	return name
}

// isHeld reports whether a value holds images.
func (h *holder) isHeld(name string) bool {
	_, ok := h.planes[name]
	return ok
}

// planeOf returns what a value holds, or what images are; ok is false for other
// values.
func (h *holder) planeOf(name string) (of plane, ok bool) {
	if of, ok = h.planes[name]; ok {
		return of, true
	}
	return planeOf(h.Shape(name))
}

// image returns a value as N×C×H×W where it is held.
func (h *holder) image(name string) string {
	of, ok := h.planes[name]
	if !ok {
		return name
	}
	if h.images[name] == "" {
		matrix := h.Transpose(h.ReshapeTo(name, h.rowsOf(of), -1), 1, 0)
		h.images[name] = h.ReshapeTo(matrix, -1, of.channels, of.height, of.width)
	}
	return h.images[name]
}

// held returns images as they are held.
func (h *holder) held(name string) string {
	if h.isHeld(name) {
		return name
	}
	if h.turned[name] == "" {
		of, ok := h.planeOf(name)
		if !ok {
			h.Failf("the sizes of %q are not known", name)
			return name
		}
		matrix := h.Transpose(h.ReshapeTo(name, -1, h.rowsOf(of)), 1, 0)
		h.turned[name] = h.holds(h.ReshapeTo(matrix, h.dimsOf(of)...), of)
	}
	return h.turned[name]
}
