package rdb

import (
	"errors"
	"fmt"
	"io"
)

// ErrEmpty says that a value is a collection without elements. Redis once wrote such keys; it passes over them when it loads a file, and
// refuses them in RESTORE. The value has been read to its end: a Reader goes on.
var ErrEmpty = errors.New("a collection without elements")

// Error is why bytes can't be read: where it was noticed, and in what. It wraps what the Builder or the io.Reader said, and
// io.ErrUnexpectedEOF where the bytes end too early.
type Error struct {
	Offset int64  // from the beginning of the file, or of the value for Decode
	Type   Type   // of the value, if Value is set
	Value  bool   // a value was being read
	Key    []byte // whose value, if it is known; cut after 64 bytes
	Err    error
}

// checksumError says that a file isn't what was written.
type checksumError struct{ made, said uint64 }

func (e *checksumError) Error() string {
	return fmt.Sprintf("the checksum of what was read is %016x, but %016x stands here", e.made, e.said)
}

const maxShownKey = 64

func (e *Error) Error() string {
	switch {
	case e.Value && e.Key != nil:
		return fmt.Sprintf("offset %d, %s of key %q: %v", e.Offset, e.Type, e.Key, e.Err)
	case e.Value:
		return fmt.Sprintf("offset %d, %s: %v", e.Offset, e.Type, e.Err)
	}
	return fmt.Sprintf("offset %d: %v", e.Offset, e.Err)
}

// Unwrap is what was wrong.
func (e *Error) Unwrap() error { return e.Err }

func shown(key []byte) []byte {
	if key == nil {
		return nil
	}
	return append([]byte{}, key[:min(len(key), maxShownKey)]...)
}

// cut is the error of an io.Reader in the middle of something.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
