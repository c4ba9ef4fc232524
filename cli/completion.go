package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/settings"
)

// CompletionOptions are what `memdil completion` takes.
type CompletionOptions struct {
	Shell string
	Words []string // of a command line, the last to be completed; nil to print the script
}

// completionScripts make a shell ask memdil what a word may become. Where memdil
// knows nothing the shell offers files.
var completionScripts = map[string]string{
	"bash": `_memdil() {
	local IFS=$'\n' rest=$COMP_LINE n=-1 i part head words
	words=()
	for ((i = 0; i <= COMP_CWORD; i++)); do # bash splits words at = and :
		part=${COMP_WORDS[i]}
		if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then words[++n]=$part; else words[n]+=$part; fi
		rest=${rest#*"$part"}
	done
	COMPREPLY=($("${COMP_WORDS[0]/#\~/$HOME}" completion --words -- "${words[@]:1}" 2>/dev/null))
	head=${words[n]%"${part#[=:]}"} # which bash keeps as it is
	COMPREPLY=("${COMPREPLY[@]#"$head"}")
}
complete -o bashdefault -o default -F _memdil memdil
`,
	"zsh": `#compdef memdil
_memdil() {
	local -a found
	found=(${(f)"$("${words[1]}" completion --words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
	if (( $#found )); then compadd -M 'm:{a-zA-Z_-}={A-Za-z-_}' -a found; else compset -P '-*='; _files; fi
}
compdef _memdil memdil
if [[ $funcstack[1] == _memdil ]]; then _memdil; fi
`,
	"fish": `function __memdil_knows
	set -g __memdil_found (memdil completion --words -- (commandline -opc)[2..] "$(commandline -ct)" 2>/dev/null)
	set -q __memdil_found[1]
end
complete -c memdil -n __memdil_knows -f -a '$__memdil_found'
`,
}

// shells are those that there are scripts for.
var shells = []string{"bash", "zsh", "fish"}

func newCompletionCommand() *cli.Command {
	var words bool
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the script that lets a shell complete commands, flags and values",
		UsageText: "memdil completion bash|zsh|fish",
		Description: `Examples, for this session of bash, and for all of zsh and fish:
   source <(memdil completion bash)
   memdil completion zsh > "${fpath[1]}/_memdil"
   memdil completion fish > ~/.config/fish/completions/memdil.fish`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "words", Usage: "complete the last of these words", Destination: &words, Hidden: true},
		},
		Action: func(c *cli.Context) error {
			if words {
				return runCompletion(CompletionOptions{Words: c.Args().Slice()}, c.App, c.App.Writer)
			}
			shell, err := oneFile(c, "the shell")
			if err != nil {
				return err
			}
			return runCompletion(CompletionOptions{Shell: shell}, c.App, c.App.Writer)
		},
	}
}

// runCompletion prints a script, or what the last of the words may become, a
// line each.
func runCompletion(o CompletionOptions, app *cli.App, stdout io.Writer) error {
	if len(o.Words) > 0 {
		for _, word := range complete(app, o.Words) {
			if _, err := fmt.Fprintln(stdout, word); err != nil {
				return err
			}
		}
		return nil
	}
	script, known := completionScripts[strings.ToLower(o.Shell)]
	if !known {
		return usage(errors.New("no completion for the shell "+o.Shell), "one of %s", strings.Join(shells, ", "))
	}
	_, err := io.WriteString(stdout, script)
	return err
}

// complete returns what the last word of a command line may become: a command,
// a flag, or a value of the flag before it. None is a file, or unknown.
func complete(app *cli.App, words []string) []string {
	last := words[len(words)-1]
	flags, commands, path := app.Flags, app.Commands, ""
	for i := 0; i < len(words)-1; i++ {
		if strings.HasPrefix(words[i], "-") {
			if f, name := flagOf(flags, words[i]); takesNext(f, name) {
				if i++; i == len(words)-1 {
					return beginning(last, flagValues(f.Names()[0]))
				}
			}
			continue
		}
		c := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(words[i]) })
		if c < 0 {
			return nil // files
		}
		path = strings.TrimSpace(path + " " + words[i])
		flags, commands = commands[c].Flags, commands[c].Subcommands
	}
	if strings.HasPrefix(last, "-") {
		return completeFlag(flags, last)
	}
	names := argumentsOf(path)
	for _, c := range commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return beginning(last, names)
}

// completeFlag returns the flags that a word may become or, behind a flag's =, that
// flag with its values.
func completeFlag(flags []cli.Flag, word string) []string {
	flag, value, given := strings.Cut(word, "=")
	if !given {
		return beginning(word, longFlags(flags))
	}
	values := []string{"true", "false"} // of a switch
	switch f, _ := flagOf(flags, flag); {
	case f == nil:
		return nil
	case takesNext(f, flag):
		values = flagValues(f.Names()[0])
	}
	values = beginning(value, values)
	for i := range values {
		values[i] = flag + "=" + values[i]
	}
	return values
}

// beginning returns the candidates that a word is the beginning of.
func beginning(word string, candidates []string) []string {
	return slices.DeleteFunc(candidates, func(c string) bool {
		return len(word) > len(c) || !sameSpelling(c[:len(word)], word)
	})
}

// longFlags are the flags by their long names.
func longFlags(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); !ok || v.IsVisible() {
			names = append(names, dashed(f.Names()[0]))
		}
	}
	return names
}

// flagValues are the values of a flag that has few.
func flagValues(name string) []string {
	switch name {
	case "log-format":
		return slices.Clone(logFormats)
	case "executor":
		var kinds []string
		for _, k := range executor.Kinds() {
			kinds = append(kinds, string(k))
		}
		return kinds
	}
	for _, s := range settings.Table() {
		if s.Name == name {
			return s.Values()
		}
	}
	return nil
}

// argumentsOf are the arguments that a command may have, where they are few.
func argumentsOf(command string) []string {
	switch command {
	case "data fetch", "data verify":
		return flagValues("dataset")
	case "completion":
		return slices.Clone(shells)
	}
	return nil
}
