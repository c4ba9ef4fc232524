package cli

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// The library has one global place for how flags look in help texts.
func init() { cli.FlagStringer = describeFlag }

// describeFlag is a flag's line in a help text: its names, what it means and
// its default.
func describeFlag(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	var names []string
	for _, name := range f.Names() {
		names = append(names, dashed(name))
	}
	line := strings.Join(names, ", ")
	placeholder, text := flag.UnquoteUsage(&flag.Flag{Usage: doc.GetUsage()})
	def := doc.GetDefaultText()
	if doc.TakesValue() {
		line += " " + placeholder
	} else if def == "false" {
		def = "" // as everyone expects of a switch
	}
	line += "\t" + text
	if def != "" {
		line += " (default: " + strings.Trim(def, `"`) + ")"
	}
	return line
}

// oneFile returns the command's only file argument, called what in messages.
func oneFile(c *cli.Context, what string) (string, error) {
	if c.NArg() == 0 {
		return "", usage(fmt.Errorf("%s is missing", what), "usage: %s", c.Command.UsageText)
	}
	return c.Args().First(), noArguments(c, c.Args().Tail())
}

// noArguments reports arguments that the command does not take.
func noArguments(c *cli.Context, rest []string) error {
	if len(rest) == 0 {
		return nil
	}
	if strings.HasPrefix(rest[0], "-") && rest[0] != "-" {
		return usage(fmt.Errorf("flag %s stands after a file argument", rest[0]), "flags come first: %s", c.Command.UsageText)
	}
	if _, err := strconv.ParseBool(rest[0]); err == nil {
		return usage(fmt.Errorf("unexpected argument %q", rest[0]), "switches take no value, or one after =: --use_bn, --use_bn=%s", rest[0])
	}
	return usage(fmt.Errorf("unexpected argument %q", rest[0]), "usage: %s", c.Command.UsageText)
}

// outputFlag names the file that a command writes.
func outputFlag(what string) cli.Flag {
	return &cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write " + what + " to `FILE`"}
}

// checkOutput reports an output path that is missing, one of the inputs, or
// something that a file must not replace, such as a folder or a device.
func checkOutput(output string, inputs ...string) error {
	if output == "" {
		return usage(fmt.Errorf("-o FILE is missing"), "say where the result goes")
	}
	if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
		return usage(fmt.Errorf("-o %s is not a file", output), "name a file, which may be a new one")
	}
	if dir := filepath.Dir(output); !isFolder(dir) {
		return usage(fmt.Errorf("-o %s: there is no folder %s", output, dir), "make it first, or choose another")
	}
	for _, in := range inputs {
		if sameFile(output, in) {
			return usage(fmt.Errorf("-o %s would overwrite the input", output), "choose another name: inputs are never changed")
		}
	}
	return nil
}

// checkOutputFolder reports an output path that no folder can have. No path is
// none.
func checkOutputFolder(output string) error {
	if _, err := os.Stat(output); output != "" && (err == nil || errors.Is(err, syscall.ENOTDIR)) && !isFolder(output) {
		return usage(fmt.Errorf("-o %s is not a folder", output), "name one, which may be a new one")
	}
	return nil
}

// numbers reads a flag's list of numbers; no text is no list.
func numbers(flag, text string) ([]float64, error) {
	if text == "" {
		return nil, nil
	}
	var out []float64
	for part := range strings.SplitSeq(text, ",") {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return nil, badFlag(flag, fmt.Errorf("%q is not a number", part))
		}
		out = append(out, v)
	}
	return out, nil
}
