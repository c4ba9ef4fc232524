// The C functions of onnxruntime_go that capi.go speaks of, with opaque types.
#ifndef MEMDIL_CAPI_H
#define MEMDIL_CAPI_H

#include <stdint.h>
#include <stdlib.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtSession OrtSession;
typedef struct OrtValue OrtValue;
typedef struct OrtIoBinding OrtIoBinding;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;

extern const char *GetErrorMessage(OrtStatus *status);
extern void ReleaseOrtStatus(OrtStatus *status);
extern OrtStatus *FreeWithDefaultORTAllocator(void *memory);

extern void ReleaseOrtMemoryInfo(OrtMemoryInfo *info);
extern OrtStatus *CreateOrtTensorWithShape(void *data, size_t size, int64_t *shape, int64_t rank, OrtMemoryInfo *info, int dtype, OrtValue **out);
extern void ReleaseOrtValue(OrtValue *value);
extern OrtStatus *GetValueType(OrtValue *value, int *out);
extern OrtStatus *GetTensorTypeAndShape(OrtValue *value, OrtTensorTypeAndShapeInfo **out);
extern OrtStatus *GetTensorMutableData(OrtValue *value, void **out);
extern void ReleaseTensorTypeAndShapeInfo(OrtTensorTypeAndShapeInfo *info);
extern OrtStatus *GetDimensionsCount(OrtTensorTypeAndShapeInfo *info, size_t *out);
extern OrtStatus *GetDimensions(OrtTensorTypeAndShapeInfo *info, int64_t *dims, size_t count);
extern OrtStatus *GetTensorElementType(OrtTensorTypeAndShapeInfo *info, int *out);

extern OrtStatus *SessionGetOutputCount(OrtSession *session, size_t *out);
extern OrtStatus *SessionGetOutputName(OrtSession *session, size_t i, char **out);
extern OrtStatus *SessionGetOutputTypeInfo(OrtSession *session, size_t i, OrtTypeInfo **out);
extern OrtStatus *CastTypeInfoToTensorInfo(OrtTypeInfo *info, OrtTensorTypeAndShapeInfo **out);
extern void ReleaseTypeInfo(OrtTypeInfo *info);

extern OrtStatus *CreateIoBinding(OrtSession *session, OrtIoBinding **out);
extern void ReleaseIoBinding(OrtIoBinding *binding);
extern OrtStatus *BindInput(OrtIoBinding *binding, char *name, OrtValue *value);
extern OrtStatus *BindOutput(OrtIoBinding *binding, char *name, OrtValue *value);
extern OrtStatus *GetBoundOutputValues(OrtIoBinding *binding, OrtValue ***out, size_t *count);
extern OrtStatus *CreateRunOptions(OrtRunOptions **out);
extern void ReleaseRunOptions(OrtRunOptions *options);
extern OrtStatus *RunOptionsSetTerminate(OrtRunOptions *options);
extern OrtStatus *RunOrtSessionWithOptions(OrtSession *session, OrtValue **inputs, char **input_names, int input_count,
  OrtValue **outputs, char **output_names, int output_count, OrtRunOptions *options);

#endif
