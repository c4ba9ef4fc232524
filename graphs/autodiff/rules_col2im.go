package autodiff

// col2im: the L columns of x, N×(C·block)×L, are added up to y, N×C×image, each
// at its place. dx: the columns of v.
func col2im(c *call) []string {
	image, block := c.constants(1), c.constants(2)
	rank := len(image)
	if rank == 0 || len(block) != rank {
		c.Failf("its image and block sizes are not constant")
		return nil
	}
	pads, strides, dilations := c.attribute("pads", 2*rank, 0), c.attribute("strides", rank, 1), c.attribute("dilations", rank, 1)
	offsets, starts := []int64{0}, []int64{0} // of the elements of a block, and of the blocks, in the padded image
	for i := range rank {
		if min(image[i], block[i], strides[i], dilations[i]) < 1 || max(image[i], block[i], pads[i], pads[rank+i], strides[i], dilations[i]) > maxPlaces {
			c.Failf("its image %v, block %v or attributes are out of range", image, block)
			return nil
		}
		size := pads[i] + image[i] + pads[rank+i]
		offsets = everyPlace(offsets, size, dilations[i]*(block[i]-1), dilations[i])
		starts = everyPlace(starts, size, size-(block[i]-1)*dilations[i]-1, strides[i])
	}
	if len(offsets)*len(starts) > maxPlaces {
		c.Failf("its columns have more than %d elements a channel", maxPlaces)
		return nil
	}
	var places []int64
	for _, offset := range offsets {
		for _, start := range starts {
			places = append(places, offset+start)
		}
	}
	padded := c.pad(c.dy[0], pads, countUp(2, int64(rank)+2)...)
	columns := c.Gather(c.ReshapeTo(padded, 0, 0, -1), c.Ints(places...), 2)
	return []string{c.ReshapeTo(columns, 0, -1, int64(len(starts)))}
}

// maxPlaces bounds the elements of the columns of one channel.
const maxPlaces = 1 << 24

// everyPlace joins each of the outer indices with every step-th place, up to
// the last, of a further axis of the given size; not many more than maxPlaces.
func everyPlace(outer []int64, size, last, step int64) []int64 {
	var out []int64
	for _, o := range outer {
		if len(out) > maxPlaces {
			break
		}
		for at := int64(0); at <= last; at += step {
			out = append(out, o*size+at)
		}
	}
	return out
}
