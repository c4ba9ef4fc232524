// Paper reproduces the experiments of Nguyen et al., "Memorization-Dilation:
// Modeling Neural Collapse Under Label Noise" (ICLR 2023), and writes what came
// out into docs/paper.md, docs/theory.md and docs/img. Run it as
//
//	task paper                     # everything; goes on where it was stopped
//	task paper -- conventional     # one part: conventional, latent, peer, theory
//
// The trainings are studies in runs/paper, run by memdil as a user would run
// them; those that are finished are not repeated. At full size, the studies are
// run on a GPU or a cluster first, into the same places:
//
//	memdil study run -f pipeline/studies/conventional_noise.toml --study-dir runs/full/conventional …
//	task paper -- -full -dir runs/full -docs runs/full conventional latent
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/google/renameio/v2"
)

// paper is what the parts share.
type paper struct {
	memdil  string // the program
	root    string // of the project
	dir     string // of studies and intermediate files
	docs    string // of the pages; "" for the project's
	dataDir string // "" for memdil's default
	full    bool   // the studies of full size
}

// section is a named part of a page of docs/ and its lines.
type section map[string][]string

// part is one step of the reproduction: it runs what has not been run and
// returns what it found as sections of a page.
type part struct {
	name, page string
	run        func(context.Context, *paper) (section, error)
}

// parts in the order in which they run: the theory's constant is fitted to the
// runs of the first.
var parts = []part{
	{"conventional", "paper.md", conventional},
	{"latent", "paper.md", latent},
	{"peer", "paper.md", peer},
	{"theory", "theory.md", models},
}

func main() {
	var p paper
	flag.StringVar(&p.memdil, "memdil", "memdil", "the `program`")
	flag.StringVar(&p.root, "root", ".", "`folder` of the project")
	flag.StringVar(&p.dir, "dir", filepath.Join("runs", "paper"), "`folder` of the studies")
	flag.StringVar(&p.docs, "docs", "", "`folder` of the pages that are written, if not the project's docs; pages that it lacks are copied to it")
	flag.BoolVar(&p.full, "full", false, "take the studies of full size, which are for a GPU or a cluster")
	flag.StringVar(&p.dataDir, "data-dir", "", "`folder` of the data sets, if not memdil's default")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := p.reproduce(ctx, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "paper: %v\n", err)
		os.Exit(1)
	}
}

// reproduce runs the named parts, or all, and writes each one's sections as
// soon as they are there.
func (p *paper) reproduce(ctx context.Context, names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(parts, func(s part) bool { return s.name == name }) {
			return fmt.Errorf("no part %q; there are %s", name, partNames())
		}
	}
	if p.full && (len(names) == 0 || slices.Contains(names, "peer")) {
		return errors.New("the comparison with PyTorch, peer, has no full size; name the parts that are wanted of conventional, latent, theory")
	}
	if err := p.copyPages(); err != nil {
		return err
	}
	for _, s := range parts {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "paper: %s\n", s.name)
		found, err := s.run(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := writeSections(filepath.Join(p.docs, s.page), found); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func partNames() string {
	var names []string
	for _, s := range parts {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

// copyPages makes the folder of the pages ready, where it is not the project's.
func (p *paper) copyPages() error {
	own := filepath.Join(p.root, "docs")
	if p.docs == "" {
		p.docs = own
	}
	if err := os.MkdirAll(filepath.Join(p.docs, "img"), 0o755); err != nil {
		return err
	}
	for _, s := range parts {
		to := filepath.Join(p.docs, s.page)
		if _, err := os.Stat(to); err == nil {
			continue
		}
		data, err := os.ReadFile(filepath.Join(own, s.page))
		if err != nil {
			return err
		}
		if err := renameio.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// copyImage copies a figure to those of the pages.
func (p *paper) copyImage(from, name string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return renameio.WriteFile(p.image(name), data, 0o644)
}

// image is the path of a figure of the pages.
func (p *paper) image(name string) string { return filepath.Join(p.docs, "img", name) }
