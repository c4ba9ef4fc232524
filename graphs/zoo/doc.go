// Package zoo builds the models of the originals as ONNX graphs in plain
// operators (Gemm, BatchNormalization, …), with their initialisation.
//
// Every model has one input, "input" N×3×32×32, and two outputs: "features"
// N×d, the input of the last linear layer, and "logits" N×K. BatchNormalization
// is in inference form. Parameters bear the names of their PyTorch
// counterparts; the last linear layer is "fc".
package zoo
