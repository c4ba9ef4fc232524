#include "api.h"

#include <dlfcn.h>

// OrtApi is a table of function pointers that only ever grows at its end, so a function's place never changes. These are the places
// of those used here; a test compares them with the header. The header itself has 8,000 lines, of which these are ten.
enum {
  at_CreateTensorAsOrtValue = 48,
  at_CreateMemoryInfo = 68,
  at_GetAllocatorWithDefaultOptions = 78,
  at_SessionEndProfiling = 110,
  at_CreateAllocator = 131,
  at_ReleaseAllocator = 132,
  at_RunWithBinding = 133,
  at_BindOutputToDevice = 138,
  at_AddRunConfigEntry = 165,
  at_SynchronizeBoundOutputs = 203,
};

// The enumerators of onnxruntime_c_api.h that the calls below need.
enum { OrtDeviceAllocator = 0, OrtMemTypeDefault = 0 };

typedef struct {
  void *const *(*GetApi)(uint32_t version);
  const char *(*GetVersionString)(void);
} OrtApiBase;

static void *const *api;

const char *memdil_use_api(const char *library, uint32_t version) {
  void *handle = dlopen(library, RTLD_LAZY); // once more; never closed, since the library stays for the life of the process
  if (handle == NULL) return dlerror();
  const OrtApiBase *(*get_base)(void) = (const OrtApiBase *(*)(void))dlsym(handle, "OrtGetApiBase");
  if (get_base == NULL) return dlerror();
  api = get_base()->GetApi(version);
  return api == NULL ? "the library does not speak this version of the API" : NULL;
}

OrtStatus *memdil_create_memory_info(const char *name, int ordinal, OrtMemoryInfo **out) {
  OrtStatus *(*f)(const char *, int, int, int, OrtMemoryInfo **) = api[at_CreateMemoryInfo];
  return f(name, OrtDeviceAllocator, ordinal, OrtMemTypeDefault, out);
}

OrtStatus *memdil_create_allocator(const OrtSession *session, const OrtMemoryInfo *info, OrtAllocator **out) {
  OrtStatus *(*f)(const OrtSession *, const OrtMemoryInfo *, OrtAllocator **) = api[at_CreateAllocator];
  return f(session, info, out);
}

void memdil_release_allocator(OrtAllocator *allocator) {
  void (*f)(OrtAllocator *) = api[at_ReleaseAllocator];
  f(allocator);
}

OrtStatus *memdil_create_tensor(OrtAllocator *allocator, const int64_t *shape, size_t rank, int dtype, OrtValue **out) {
  OrtStatus *(*f)(OrtAllocator *, const int64_t *, size_t, int, OrtValue **) = api[at_CreateTensorAsOrtValue];
  return f(allocator, shape, rank, dtype, out);
}

OrtStatus *memdil_bind_output_to_device(OrtIoBinding *binding, const char *name, const OrtMemoryInfo *info) {
  OrtStatus *(*f)(OrtIoBinding *, const char *, const OrtMemoryInfo *) = api[at_BindOutputToDevice];
  return f(binding, name, info);
}

OrtStatus *memdil_run_with_binding(OrtSession *session, const OrtRunOptions *options, const OrtIoBinding *binding) {
  OrtStatus *(*f)(OrtSession *, const OrtRunOptions *, const OrtIoBinding *) = api[at_RunWithBinding];
  return f(session, options, binding);
}

OrtStatus *memdil_synchronize_outputs(OrtIoBinding *binding) {
  OrtStatus *(*f)(OrtIoBinding *) = api[at_SynchronizeBoundOutputs];
  return f(binding);
}

OrtStatus *memdil_add_run_config_entry(OrtRunOptions *options, const char *key, const char *value) {
  OrtStatus *(*f)(OrtRunOptions *, const char *, const char *) = api[at_AddRunConfigEntry];
  return f(options, key, value);
}

OrtStatus *memdil_end_profiling(OrtSession *session, char **out) {
  OrtStatus *(*get_default)(OrtAllocator **) = api[at_GetAllocatorWithDefaultOptions];
  OrtAllocator *allocator = NULL; // the runtime's, not to be released
  OrtStatus *status = get_default(&allocator);
  if (status != NULL) return status;
  OrtStatus *(*f)(OrtSession *, OrtAllocator *, char **) = api[at_SessionEndProfiling];
  return f(session, allocator, out);
}
