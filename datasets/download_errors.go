package datasets

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
)

// localError is a failure on this machine, which no other mirror can mend.
type localError struct{ err error }

func (e *localError) Error() string {
	if errors.Is(e.err, syscall.ENOSPC) || errors.Is(e.err, syscall.EDQUOT) {
		return e.err.Error() + "; make room and run again, the download goes on where it stopped"
	}
	return e.err.Error()
}

func (e *localError) Unwrap() error { return e.err }

// mirrorError is what kept a mirror from giving a file.
type mirrorError struct {
	mirror string // base address
	err    error
}

// Error names the mirror and the reason, without the addresses that net/http
// and the resolver repeat.
func (e *mirrorError) Error() string {
	reason := e.err.Error()
	var get *url.Error
	var dns *net.DNSError
	switch {
	case errors.As(e.err, &dns):
		reason = dns.Err
	case errors.As(e.err, &get):
		reason = get.Err.Error()
	}
	return e.mirror + ": " + reason
}

func (e *mirrorError) Unwrap() error { return e.err }

// downloadError reports that no mirror gave a file.
type downloadError struct {
	path  string
	tries []error // one for each mirror
}

func (e *downloadError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "download of %s failed at every mirror: ", filepath.Base(e.path))
	for _, err := range e.tries {
		fmt.Fprintf(&b, "%v; ", err)
	}
	fmt.Fprintf(&b, "fetch the file by hand and put it at %s", e.path)
	return b.String()
}

func (e *downloadError) Unwrap() []error { return e.tries }
