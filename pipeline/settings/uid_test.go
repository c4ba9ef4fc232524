package settings

import (
	"fmt"
	"testing"
)

func TestUID(t *testing.T) {
	// Wanted values follow generate_uid of julilien/MemorizationDilation
	// (original.md, "UID"), with numbers as Python's str writes them.
	tests := []struct {
		name string
		set  []string
		want string
	}{
		{"defaults of an MLP", []string{"model", "mlp"}, "MLP_mnist_c2_ln0.0_CrossEntropy_relu_d6_w1024_wd0.0005-0.0001_wo_bn_s6"},
		{"defaults", nil, "resnet18_mnist_c2_ln0.0_CrossEntropy_wd0.0005-0.0001_s6"},
		{"what only MLPs have", []string{"use_bn", "true", "depth", "3", "act_fn", "none"}, "resnet18_mnist_c2_ln0.0_CrossEntropy_wd0.0005-0.0001_s6"},
		{"free width", []string{"model", "resnet10", "width", "64"}, "ResNet10_mnist_c2_ln0.0_CrossEntropy_w64_wd0.0005-0.0001_s6"},
		{"a graph", []string{"graph", "/some/my.net.onnx", "model", "MLP", "use_bn", "true"}, "my.net_mnist_c2_ln0.0_CrossEntropy_wd0.0005-0.0001_s6"},
		{"large scale", []string{"use_largescale_uid", "true", "label_noise", "0.2"}, "mnist_s6_CrossEntropy_resnet18_wd0.0005_lr0.1"},
		{"large scale with α", []string{"use_largescale_uid", "true", "loss", "LS", "lr", "1e-5", "model", "MLP"}, "mnist_s6_LS0.1_MLP_wd0.0005_lr1e-05"},
		{"large scale of a graph", []string{"use_largescale_uid", "true", "graph", "my.onnx", "sep_decay", "true"}, "mnist_s6_CrossEntropy_my_wd0.0005_lr0.1"},
		{
			"headline",
			[]string{
				"loss", "LS", "model", "MLP", "dataset", "svhn", "batch_size", "16", "weight_decay", "0.001", "depth", "9", "width", "2048",
				"label_noise", "0.2", "seed", "42", "classes", "2", "epochs", "200", "use_bn", "true", "act_fn", "relu",
			},
			"MLP_svhn_c2_ln0.2_LS0.1_relu_d9_w2048_wd0.001-0.0001_with_bn_s42",
		},
		{
			"separate decay, small rates, all classes",
			[]string{"model", "MLP", "sep_decay", "true", "feature_decay_rate", "1e-5", "weight_decay", "1E-06", "classes", "ALL", "loss", "lr", "lr_alpha", ".25"},
			"MLP_mnist_c10_ln0.0_LR0.25_relu_d6_w1024_wd1e-06-1e-05sep_wo_bn_s6",
		},
		{"whole numbers are floats", []string{"model", "MLP", "weight_decay", "0", "label_noise", "1"}, "MLP_mnist_c2_ln1.0_CrossEntropy_relu_d6_w1024_wd0.0-0.0001_wo_bn_s6"},
		{"no minus zero", []string{"model", "MLP", "label_noise", "-0"}, "MLP_mnist_c2_ln0.0_CrossEntropy_relu_d6_w1024_wd0.0005-0.0001_wo_bn_s6"},
		{"idle α", []string{"model", "MLP", "ls_alpha", "0.2", "loss", "mse"}, "MLP_mnist_c2_ln0.0_MSE_relu_d6_w1024_wd0.0005-0.0001_wo_bn_s6"},
		{"noise by class", []string{"model", "MLP", "label_noise", "[0.1, 0.3]"}, "MLP_mnist_c2_ln0.1,0.3_CrossEntropy_relu_d6_w1024_wd0.0005-0.0001_wo_bn_s6"},
		{"pairs", []string{"label_noise", "0.2", "noise", "pair"}, "resnet18_mnist_c2_ln0.2pair_CrossEntropy_wd0.0005-0.0001_s6"},
		{"noise of a file", []string{"label_noise", "0.2", "noise", "file"}, "resnet18_mnist_c2_lnfile_CrossEntropy_wd0.0005-0.0001_s6"},
		{"latent noise", []string{"fourclass_problem", "true", "fc_noise_degree", "0.25"}, "resnet18_mnist_c2_ln0.0_CrossEntropy_wd0.0005-0.0001_s6_4c0.25"},
		{"latent noise in two features", []string{"model", "MLP", "fourclass_problem", "true", "fourclass_twofeatures", "true"}, "MLP_mnist_c2_ln0.0_CrossEntropy_relu_d6_w1024_wd0.0005-0.0001_wo_bn_s6_4c0.5_4c2d"},
		{"large scale with latent noise", []string{"use_largescale_uid", "true", "fourclass_problem", "true"}, "mnist_s6_CrossEntropy_resnet18_wd0.0005_lr0.1_4c0.5"},
		{"large scale, searched", []string{"use_largescale_uid", "true", "use_ho_uid", "true", "loss", "LS", "label_noise", "0.2"}, "mnist_s6_LS_resnet18_wd0.0005_random_search_ln0.2"},
		{"one's own images", []string{"dataset", "folder:/data/my images", "classes", "3"}, "resnet18_my images_c3_ln0.0_CrossEntropy_wd0.0005-0.0001_s6"},
		{"one's own table", []string{"dataset", "arrow:tables/birds.parquet", "classes", "3"}, "resnet18_birds_c3_ln0.0_CrossEntropy_wd0.0005-0.0001_s6"},
		{"override", []string{"uid", "mine"}, "mine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := experiment(t, tt.set...).UID(); got != tt.want {
				t.Errorf("UID is\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

func TestPythonFloat(t *testing.T) {
	// The wanted values are CPython 3's str(v).
	for v, want := range map[float64]string{
		0: "0.0", 1: "1.0", 0.1: "0.1", 5e-4: "0.0005", 1e-4: "0.0001", 9.9e-5: "9.9e-05", 1e-5: "1e-05", 1.5e-10: "1.5e-10", 1e-100: "1e-100",
		123456789: "123456789.0", 1e15: "1000000000000000.0", 1e16: "1e+16", 1.2345e22: "1.2345e+22", 0.30000000000000004: "0.30000000000000004",
	} {
		if got := pythonFloat(v); got != want {
			t.Errorf("%g is spelt %s, want %s", v, got, want)
		}
	}
}

// experiment returns the defaults with settings changed: name, value, …
func experiment(t *testing.T, set ...string) Experiment {
	t.Helper()
	e := Defaults()
	for i := 0; i < len(set); i += 2 {
		if err := e.Set(set[i], set[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func ExampleExperiment_UID() {
	e := Defaults()
	for name, value := range map[string]string{"model": "mlp", "loss": "ls", "label-noise": "0.2", "use_bn": "true", "seed": "42"} {
		if err := e.Set(name, value); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(e.UID())
	// Output: MLP_mnist_c2_ln0.2_LS0.1_relu_d6_w1024_wd0.0005-0.0001_with_bn_s42
}
