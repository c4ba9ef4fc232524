package ort

// #include "api.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// EndProfiling writes the profile of a session that was made with SessionOptions.Profile, and returns the file's name. The file is a
// JSON list of events in the format of Chrome's tracing. Close writes it, too.
func (s *Session) EndProfiling() (string, error) {
	s.mustBeOpen()
	var name *C.char
	if err := statusError(C.memdil_end_profiling(sessionPointer(s.session), &name)); err != nil {
		return "", fmt.Errorf("profile of %s: %w", s.name, err)
	}
	file := C.GoString(name)
	if err := statusError(C.FreeWithDefaultORTAllocator(unsafe.Pointer(name))); err != nil {
		return "", err
	}
	if file == "" {
		return "", fmt.Errorf("profile of %s: the session was made without SessionOptions.Profile", s.name)
	}
	return file, nil
}
