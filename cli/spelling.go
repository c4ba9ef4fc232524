package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// firstNames returns args with every flag under the first name that it has in
// the command that args name: case, hyphens and underscores do not count in
// long flags. All else, unknown flags included, stays as it is.
func firstNames(app *cli.App, args []string) []string {
	named := slices.Clone(args)
	flags, commands := app.Flags, app.Commands
	for i := 1; i < len(named) && named[i] != "--"; i++ {
		arg := named[i]
		if strings.HasPrefix(arg, "-") {
			f, renamed := flagOf(flags, arg)
			named[i] = renamed
			if takesNext(f, renamed) {
				i++
			}
			continue
		}
		c := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(arg) })
		if c < 0 {
			break // files; flags come before them
		}
		flags, commands = commands[c].Flags, commands[c].Subcommands
	}
	return named
}

// flagOf returns the flag that arg means, nil if there is none, and arg with
// that flag's first name.
func flagOf(flags []cli.Flag, arg string) (cli.Flag, string) {
	name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	for _, f := range flags {
		if slices.ContainsFunc(f.Names(), func(known string) bool { return sameFlag(known, name) }) {
			renamed := "--" + f.Names()[0]
			if hasValue {
				renamed += "=" + value
			}
			return f, renamed
		}
	}
	return nil, arg
}

// sameFlag reports whether two spellings mean the same flag.
func sameFlag(a, b string) bool {
	if len(a) == 1 || len(b) == 1 {
		return a == b
	}
	return sameSpelling(a, b)
}

// sameSpelling reports whether two texts differ in nothing but case, hyphens and
// underscores.
func sameSpelling(a, b string) bool {
	hyphens := strings.NewReplacer("_", "-")
	return strings.EqualFold(hyphens.Replace(a), hyphens.Replace(b))
}

// takesNext reports whether the argument after arg is the value of flag f.
func takesNext(f cli.Flag, arg string) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue() && !strings.Contains(arg, "=")
}
