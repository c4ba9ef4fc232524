package training

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
)

// warnBlocked warns of weights that would be trained if a gradient reached them,
// and names the nodes that let none through.
func (net *Net) warnBlocked(weights []string) {
	if len(weights) == 0 {
		return
	}
	names := make([]string, len(weights))
	for i, w := range weights {
		names[i] = fmt.Sprintf("%q", w)
	}
	nodes := net.blockers(weights)
	if len(nodes) == 0 {
		nodes = []string{"what reads it"}
	}
	them := "it"
	if len(weights) > 1 {
		them = "them"
	}
	net.warn("no gradient reaches %s, so training will not change %s: none comes back through %s; export the model without that operator, or --freeze what is not to be trained",
		few(names), them, few(nodes))
}

// blockers describes the first nodes behind weights through which no gradient
// comes back. Those that read but a shape hold none up.
func (net *Net) blockers(weights []string) []string {
	behind := map[string]bool{}
	for _, w := range weights {
		behind[w] = true
	}
	var found []string
	for _, n := range net.Model.Graph.Nodes {
		reads := slices.DeleteFunc(slices.Concat(n.Inputs, n.Captures()), func(name string) bool { return !behind[name] })
		if len(reads) == 0 {
			continue
		}
		passed := comesBack(n, reads)
		for _, o := range n.Outputs {
			behind[o] = passed && o != ""
		}
		if op := n.StandardOp(); !passed && op != "Shape" && op != "Size" {
			found = append(found, n.Label())
		}
	}
	return found
}

// comesBack reports whether a gradient of the node's outputs comes back to one of
// the values that it reads.
func comesBack(n *graphs.Node, reads []string) bool {
	alone := &graphs.Graph{Nodes: []*graphs.Node{n}}
	for _, o := range n.Outputs {
		reached := autodiff.Reached(alone, o, reads)
		if slices.ContainsFunc(reads, func(name string) bool { return reached[name] }) {
			return true
		}
	}
	return false
}

// few lists the first of many texts.
func few(texts []string) string {
	const most = 3
	if more := len(texts) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), more)
	}
	return strings.Join(texts, ", ")
}
