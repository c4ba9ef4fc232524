package report

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdfCanvas is gonum's PDF canvas with text beyond ASCII put right: vgpdf
// embeds its fonts in the encoding Windows-1252 but passes UTF-8 on. Strings
// the encoding has stay selectable text, others are drawn as outlines.
type pdfCanvas struct{ *vgpdf.Canvas }

// fixPDF makes PDF files the same at every writing. vgpdf keeps its document
// to itself, so the library's defaults are set.
var fixPDF = sync.OnceFunc(func() {
	epoch := time.Unix(0, 0).UTC()
	fpdf.SetDefaultCreationDate(epoch)
	fpdf.SetDefaultModificationDate(epoch)
	fpdf.SetDefaultCatalogSort(true)
})

func newPDFCanvas(w, h vg.Length) *pdfCanvas {
	fixPDF()
	return &pdfCanvas{vgpdf.New(w, h)}
}

func (c *pdfCanvas) document() ([]byte, error) {
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

func (c *pdfCanvas) FillString(face font.Face, p vg.Point, s string) {
	if encoded, err := charmap.Windows1252.NewEncoder().String(s); err == nil {
		c.Canvas.FillString(face, p, encoded)
		return
	}
	c.Fill(outline(face, p, s))
}

// outline returns the path of s, starting at p.
func outline(face font.Face, p vg.Point, s string) vg.Path {
	var (
		path vg.Path
		buf  sfnt.Buffer
		ppem = fixed.Int26_6(face.Face.UnitsPerEm())
		unit = face.Font.Size / vg.Length(ppem)
	)
	for i, r := range s {
		at := vg.Point{X: p.X + face.Width(s[:i]), Y: p.Y}
		on := func(q fixed.Point26_6) vg.Point { // the font's y axis points down
			return vg.Point{X: at.X + vg.Length(q.X)*unit, Y: at.Y - vg.Length(q.Y)*unit}
		}
		index, err := face.Face.GlyphIndex(&buf, r)
		if err != nil {
			panic(fmt.Sprintf("report: broken embedded font: %v", err))
		}
		segments, err := face.Face.LoadGlyph(&buf, index, ppem, nil)
		if err != nil {
			panic(fmt.Sprintf("report: broken embedded font: %v", err))
		}
		for _, seg := range segments {
			switch seg.Op {
			case sfnt.SegmentOpMoveTo:
				path.Move(on(seg.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(on(seg.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(on(seg.Args[0]), on(seg.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(on(seg.Args[0]), on(seg.Args[1]), on(seg.Args[2]))
			}
		}
	}
	return path
}
