package report

import (
	"math"
	"testing"
)

// deficiencies are what people without one kind of cones see of linear red,
// green and blue (Machado, Oliveira and Fernandes, 2009, at full severity).
var deficiencies = map[string][3][3]float64{
	"none":     {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteran": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritan":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

// TestCorruptedStandOut holds the red of corrupted samples apart from the colours
// of classes, and the first three series from each other, for people with any
// colour vision: in CIE L*a*b*, where 2 is just seen side by side.
func TestCorruptedStandOut(t *testing.T) {
	for name, seen := range deficiencies {
		for scheme, shade := range map[string]func(paint) string{"light": func(p paint) string { return p.light }, "dark": func(p paint) string { return p.dark }} {
			apart := func(a, b paint, least float64) {
				if d := distance3(lab(shade(a), seen), lab(shade(b), seen)); d < least {
					t.Errorf("%s scheme, %s: %s and %s are %.0f apart, want %.0f", scheme, name, a.role, b.role, d, least)
				}
			}
			for class := range 10 {
				apart(corrupt, classPaint(class), 30)
			}
			apart(palette[0], palette[1], 30)
			apart(palette[1], palette[2], 30)
			apart(palette[0], palette[2], 12)
		}
	}
}

func distance3(a, b [3]float64) float64 {
	return math.Hypot(math.Hypot(a[0]-b[0], a[1]-b[1]), a[2]-b[2])
}

// lab is a colour of sRGB in CIE L*a*b*, as it is seen.
func lab(hex string, seen [3][3]float64) [3]float64 {
	c := paint{light: hex}.color()
	var rgb [3]float64
	for i, v := range []uint8{c.R, c.G, c.B} {
		rgb[i] = linear(v)
	}
	rgb = times(seen, rgb)
	for i := range rgb {
		rgb[i] = min(max(rgb[i], 0), 1)
	}
	xyz := times([3][3]float64{{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}}, rgb)
	var f [3]float64
	for i, white := range []float64{0.95047, 1, 1.08883} {
		if f[i] = math.Cbrt(xyz[i] / white); xyz[i]/white < 0.008856 {
			f[i] = 7.787*xyz[i]/white + 16.0/116
		}
	}
	return [3]float64{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i, row := range m {
		out[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return out
}

// linear is the light of a byte of sRGB.
func linear(b uint8) float64 {
	v := float64(b) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
