package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// runtimeModules is what the scripts need of Python.
var runtimeModules = []string{"onnx", "onnxruntime"}

const goldenDir = "../fixtures/golden"

// trainingOptions are the defaults of the training commands for a model.
func trainingOptions(model string) TrainingOptions {
	return TrainingOptions{Model: model, Loss: "ce", LSAlpha: 0.1, LRAlpha: 0.1}
}

// TestGradOnOnnxRuntime has onnx check gradient models and ONNX Runtime compute
// PyTorch's gradients with them.
func TestGradOnOnnxRuntime(t *testing.T) {
	for _, name := range []string{"mlp_bn", "mlp_sigmoid_ln"} {
		dir := filepath.Join(goldenDir, "grad", name)
		o := GraphGradOptions{trainingOptions(filepath.Join(dir, "model.onnx")), filepath.Join(t.TempDir(), "grad.onnx")}
		if err := runGraphGrad(context.Background(), o, io.Discard); err != nil {
			t.Fatal(err)
		}
		if wrong := python.Run(t, runtimeModules, "testdata/check_grad.py", o.Output, dir); wrong != "" {
			t.Errorf("%s:\n%s", name, wrong)
		}
	}
}

// TestStepOnOnnxRuntime has ONNX Runtime train as PyTorch did, with step and
// with epoch models.
func TestStepOnOnnxRuntime(t *testing.T) {
	for _, c := range []struct{ name, loss, optimizer string }{
		{"mlp_bn_sgd_ce", "CE", "sgd"},
		{"mlp_bn_sgd_ls", "ls", "SGD"},
		{"mlp_bn_sgd_lr", "LR", "sgd"},
		{"mlp_bn_sgd_mse", "mse", "sgd"},
		{"mlp_bn_adam_ce", "crossentropy", "Adam"},
	} {
		dir := filepath.Join(goldenDir, "train", c.name)
		o := GraphStepOptions{
			TrainingOptions: trainingOptions(filepath.Join(dir, "model.onnx")),
			Optimizer:       c.optimizer, Momentum: 0.9, WeightDecay: 5e-4,
			Output: filepath.Join(t.TempDir(), "step.onnx"),
		}
		o.Loss = c.loss
		if o.Optimizer == "Adam" {
			o.WeightDecay = 0
		}
		if err := runGraphStep(context.Background(), o, io.Discard); err != nil {
			t.Fatal(err)
		}
		if wrong := python.Run(t, runtimeModules, "testdata/check_step.py", o.Output, dir); wrong != "" {
			t.Errorf("%s:\n%s", c.name, wrong)
		}
		o.Output = filepath.Join(t.TempDir(), "epoch.onnx")
		if err := runGraphEpoch(context.Background(), GraphEpochOptions{GraphStepOptions: o}, io.Discard); err != nil {
			t.Fatal(err)
		}
		if wrong := python.Run(t, runtimeModules, "testdata/check_epoch.py", o.Output, dir); wrong != "" {
			t.Errorf("%s, epoch:\n%s", c.name, wrong)
		}
	}
}

// hostileErrors are the models of hostile_models.py from which no training
// graph can be derived, with a part of the reason. One of them has a gradient.
var hostileErrors = map[string]string{
	"old_opset":              "operator set 8",
	"label_input":            `"label" has the name of an input or output`,
	"loss_parameter":         `"loss" has the name of an input or output`,
	"running_mean_called_lr": `"lr" has the name of an input or output`,
	"two_inputs":             `2 inputs ("input", "other")`,
	"no_rule":                `Compress node "/act/Compress": `,
	"custom_domain":          `Act node "/act"`,
	"no_logits_name":         `2 outputs ("scores", "/2/Relu")`,
}

// TestHostileModels derives training graphs from models that exporters and
// people write: names that clash, weights in odd places, batch sizes baked in.
func TestHostileModels(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, runtimeModules, "testdata/hostile_models.py", dir)
	models, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(models) < 20 {
		t.Fatal(models, err)
	}
	folders := map[string]string{"grad": t.TempDir(), "step": t.TempDir()}
	for _, path := range models {
		name := strings.TrimSuffix(filepath.Base(path), ".onnx")
		for command, folder := range folders {
			var stderr bytes.Buffer
			args := []string{"memdil", "graph", command, "-o", filepath.Join(folder, filepath.Base(path))}
			err := Run(context.Background(), append(args, path), os.Stdout, &stderr)
			want, fails := hostileErrors[name]
			if name == "running_mean_called_lr" && command == "grad" {
				fails = false
			}
			if fails != (err != nil) || fails && !strings.Contains(stderr.String(), want) {
				t.Errorf("graph %s %s: %s", command, name, stderr.String())
			}
		}
	}
	if wrong := python.Run(t, runtimeModules, "testdata/check_same.py", folders["grad"], folders["step"]); wrong != "" {
		t.Error("\n" + wrong)
	}
	logits := GraphGradOptions{trainingOptions(filepath.Join(dir, "no_logits_name.onnx")), filepath.Join(dir, "named.onnx")}
	logits.Net.Logits = "scores"
	if err := runGraphGrad(context.Background(), logits, io.Discard); err != nil {
		t.Error(err)
	}
}
