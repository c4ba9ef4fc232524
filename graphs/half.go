package graphs

import "math"

// halfBits rounds x to the nearest IEEE 754 half-precision number, ties to
// even.
func halfBits(x float64) uint16 {
	sign := uint16(0)
	if math.Signbit(x) {
		sign = 1 << 15
	}
	const smallestNormal = 0x1p-14
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return sign | 0x7e00
	case a >= 65520: // halfway between the largest half and the next power
		return sign | 0x7c00
	case a < smallestNormal: // a carry makes it the smallest normal number
		return sign | uint16(math.RoundToEven(a*0x1p24))
	default:
		frac, exp := math.Frexp(a) // a = frac·2^exp, frac in [½, 1)
		mantissa := math.RoundToEven(frac * 0x1p11)
		return sign | uint16((exp+13)<<10+int(mantissa)) // 2^10 of it is the hidden bit
	}
}

// bfloatBits rounds x through float32 to bfloat16, ties to even.
func bfloatBits(x float64) uint16 {
	if math.IsNaN(x) {
		return 0x7fc0
	}
	bits := math.Float32bits(float32(x))
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// halfToFloat converts an IEEE 754 half-precision number.
func halfToFloat(h uint16) float64 {
	sign, exp, frac := h>>15, int(h>>10&0x1f), float64(h&0x3ff)
	var v float64
	switch exp {
	case 0:
		v = math.Ldexp(frac, -24)
	case 0x1f:
		v = math.Inf(1)
		if frac != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+frac, exp-25)
	}
	if sign == 1 {
		v = -v
	}
	return v
}
