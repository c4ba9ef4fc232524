package library

import "path/filepath"

// cudaProvider is the name of the CUDA provider's library, which lies beside the runtime's.
const cudaProvider = "libonnxruntime_providers_cuda.so"

// Providers lists the execution providers that lie beside a runtime library, "cpu", which is in it, first.
func Providers(library string) []string {
	list := []string{"cpu"}
	if hasCUDA(library) {
		list = append(list, "cuda")
	}
	if isFile(beside(library, "libonnxruntime_providers_tensorrt.so")) {
		list = append(list, "tensorrt")
	}
	return list
}

// hasCUDA tells whether the CUDA provider lies beside a runtime library.
func hasCUDA(library string) bool { return isFile(beside(library, cudaProvider)) }

// beside is the path of a file in the folder of a library.
func beside(library, name string) string { return filepath.Join(filepath.Dir(library), name) }
