package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/zoo"
)

// contract is a case of TestContract.
type contract struct {
	net     []string // flags of grad, step and epoch
	step    []string // those of step and epoch alone
	rename  map[string]string
	classes int // 4 where 0
	rates   []float64
}

// contractCases are cases by the model they are derived of: a file, or a model
// of the zoo. Adam's rates are small: it divides what rounding leaves of
// gradients by itself.
var contractCases = map[string]map[string]contract{
	"MLP": {
		"sgd":        {rates: []float64{0.1, 0.05, 0, 0.2}},
		"from zero":  {rates: []float64{0, 0, 0.1}},
		"plain":      {net: []string{"--loss", "ls"}, step: []string{"--momentum", "0"}},
		"no decay":   {net: []string{"--loss", "lr"}, step: []string{"--momentum", "0", "--weight-decay", "0"}},
		"adam":       {net: []string{"--loss", "lr"}, step: []string{"--optimizer", "adam"}, rates: []float64{0.01, 0, 0.02}},
		"sep decay":  {net: []string{"--loss", "mse"}, step: []string{"--optimizer", "adam", "--sep-decay"}, rates: []float64{0.01, 0, 0.02}},
		"raw":        {step: []string{"--sep-decay"}},
		"normalised": {step: []string{"--sep-decay", "--feature-decay-on", "normalised"}},
		"frozen":     {net: []string{"--freeze", "layers.1.*", "--freeze", "fc.weight"}},
		"chosen":     {net: []string{"--params", "fc.*"}},
		"clash with inputs": {rename: map[string]string{
			"input": "x", "batchnormalization": "label", "relu": "lr", "batchnormalization_2": "t", "relu_2": "order"}},
		"clash with outputs": {net: []string{"--logits", "losses"}, rename: map[string]string{
			"batchnormalization": "loss", "relu": "next.fc.weight", "batchnormalization_2": "correct", "features": "grad.fc.weight", "logits": "losses"}},
		"clash with the Loop": {rename: map[string]string{
			"input": "data", "gemm": "turn/samples", "relu": "loop/steps", "gemm_2": "small.parameters", "batchnormalization": "running.statistics",
			"batchnormalization_2": "step/fc.weight", "relu_2": "momentum.scale", "fc.weight": "samples", "fc.bias": "one", "layers.0.bias": "number"}},
	},
	"ResNet18_adapt":                                       {"sgd": {rates: []float64{0.01, 0, 0.02}}},
	goldenDir + "/grad/tiny_vgg/model.onnx":                {"frozen": {net: []string{"--freeze", "*bias"}, rates: []float64{0.01}}},
	goldenDir + "/grad/mlp_sigmoid_ln/model.onnx":          {"sgd": {}},
	"../pipeline/testdata/foreign_attention.onnx":          {"sgd": {classes: 2}},
	"../pipeline/testdata/foreign_cnn_default.onnx":        {"adam": {classes: 2, step: []string{"--optimizer", "adam"}, rates: []float64{0.001}}},
	"../pipeline/testdata/foreign_cnn_training_baked.onnx": {"sgd": {classes: 2, rates: []float64{0.01}}},
	"../pipeline/testdata/foreign_conv_head.onnx":          {"sgd": {classes: 2, rates: []float64{0.01}}},
}

// TestContract holds gradient, step and epoch models against their documentation
// and against each other.
func TestContract(t *testing.T) {
	var dirs []string
	for model, cases := range contractCases {
		for name, c := range cases {
			dir := filepath.Join(t.TempDir(), strings.ReplaceAll(model, "/", " ")+" "+name)
			if c.classes == 0 {
				c.classes = 4
			}
			c.derive(t, model, dir)
			dirs = append(dirs, dir)
		}
	}
	if wrong := python.Run(t, runtimeModules, "testdata/check_contract.py", dirs...); wrong != "" {
		t.Error("\n" + wrong)
	}
}

// derive fills dir with a model and what is derived of it.
func (c contract) derive(t *testing.T, model, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.about(t, filepath.Join(dir, "case.json"))
	path := filepath.Join(dir, "model.onnx")
	if err := graphs.Save(path, c.forward(t, model)); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"grad", "step", "epoch"} {
		args := append([]string{"memdil", "graph", command, "-o", filepath.Join(dir, command+".onnx")}, c.net...)
		if command != "grad" {
			args = append(args, c.step...)
		}
		var stderr bytes.Buffer
		if err := Run(context.Background(), append(args, path), io.Discard, &stderr); err != nil {
			t.Fatalf("%s: %v: %s", dir, args, stderr.String())
		}
	}
}

// forward returns the model of a case.
func (c contract) forward(t *testing.T, model string) *graphs.Model {
	t.Helper()
	var m *graphs.Model
	var err error
	if filepath.Ext(model) == ".onnx" {
		m, err = graphs.Load(model)
	} else {
		m, err = zoo.Build(model, zoo.Options{Classes: c.classes, Width: 8, Depth: 2, BatchNorm: model == "MLP", Seed: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range c.rename {
		m = passes.Rename(m, from, to)
	}
	return m
}

// about writes what the script has to know of a case.
func (c contract) about(t *testing.T, path string) {
	t.Helper()
	rates := c.rates
	if rates == nil {
		rates = []float64{0.1}
	}
	text, err := json.Marshal(map[string]any{"classes": c.classes, "rates": rates, "penalty": slices.Contains(c.step, "--sep-decay")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
