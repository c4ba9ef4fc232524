// The functions of ONNX Runtime's C API that onnxruntime_go does not pass on. They work once memdil_use_api has succeeded.
// An OrtStatus is NULL for success, else the caller's to release.
#ifndef MEMDIL_API_H
#define MEMDIL_API_H

#include "capi.h"

typedef struct OrtAllocator OrtAllocator;

// Takes the API of the version from the library, which the process has loaded. Returns NULL, or what went wrong.
const char *memdil_use_api(const char *library, uint32_t version);

// Memory: of a device (by the name of its allocator, "Cpu" or "Cuda"), as a session allocates it there.
OrtStatus *memdil_create_memory_info(const char *name, int ordinal, OrtMemoryInfo **out);
OrtStatus *memdil_create_allocator(const OrtSession *session, const OrtMemoryInfo *info, OrtAllocator **out);
void memdil_release_allocator(OrtAllocator *allocator);

// A tensor of undefined elements.
OrtStatus *memdil_create_tensor(OrtAllocator *allocator, const int64_t *shape, size_t rank, int dtype, OrtValue **out);

// Runs.
OrtStatus *memdil_bind_output_to_device(OrtIoBinding *binding, const char *name, const OrtMemoryInfo *info);
OrtStatus *memdil_run_with_binding(OrtSession *session, const OrtRunOptions *options, const OrtIoBinding *binding);
OrtStatus *memdil_synchronize_outputs(OrtIoBinding *binding);
OrtStatus *memdil_add_run_config_entry(OrtRunOptions *options, const char *key, const char *value);

// Ends profiling; the file's name is the caller's to free with FreeWithDefaultORTAllocator.
OrtStatus *memdil_end_profiling(OrtSession *session, char **out);

#endif
