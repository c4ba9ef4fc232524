package cli

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestFirstNames(t *testing.T) {
	app := &cli.App{
		Flags: []cli.Flag{&cli.StringFlag{Name: "log-level"}},
		Commands: []*cli.Command{{
			Name:  "graph",
			Flags: []cli.Flag{&cli.BoolFlag{Name: "v"}, &cli.BoolFlag{Name: "V"}},
			Subcommands: []*cli.Command{{
				Name: "step", Aliases: []string{"s"},
				Flags: []cli.Flag{&cli.StringFlag{Name: "output", Aliases: []string{"o"}}, &cli.BoolFlag{Name: "ETF_fc"}},
			}},
		}},
	}
	tests := []struct{ args, want string }{
		{"m --LOG-LEVEL graph graph step --Output=A", "m --log-level graph graph step --output=A"},
		{"m graph s --etf_FC --OUTPUT --ETF_FC -o X", "m graph s --ETF_fc --output --ETF_FC --output X"},
		{"m graph -V", "m graph --V"},
		{"m graph step -O x", "m graph step -O x"},
		{"m graph step -o=x --etf-fc", "m graph step --output=x --ETF_fc"},
		{"m graph step --unknown --OUTPUT x", "m graph step --unknown --output x"},
		{"m graph step file --OUTPUT x", "m graph step file --OUTPUT x"},
		{"m graph step -- --OUTPUT", "m graph step -- --OUTPUT"},
		{"m GRAPH --V", "m GRAPH --V"},
		{"m", "m"},
	}
	for _, tt := range tests {
		if got := strings.Join(firstNames(app, strings.Fields(tt.args)), " "); got != tt.want {
			t.Errorf("%s becomes\n%s, want\n%s", tt.args, got, tt.want)
		}
	}
}
