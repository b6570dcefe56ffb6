package rdb

import "errors"

// LibraryError says what of a library can't be read ("Failed loading library payload"), or why one can't be loaded, in Redis's words.
type LibraryError struct {
	Text string
	Err  error // why it can't be read; nil if it can
}

func (e *LibraryError) Error() string {
	if e.Err == nil {
		return e.Text
	}
	return e.Text + ": " + e.Err.Error()
}

// Unwrap is why.
func (e *LibraryError) Unwrap() error { return e.Err }

// badLibrary is what is said of the code itself.
const badLibrary = "Failed loading library payload"

// ErrNoLibrary says that something else stands in a payload where a library should.
var ErrNoLibrary = errors.New("given type is not a function")

// library reads a library's code into a buffer.
func (r *Reader) library(buffer *[]byte) (code []byte, err error) {
	return r.libraryText(buffer, badLibrary)
}

// libraryText reads a text of a library; what is said if that can't be done.
func (r *Reader) libraryText(buffer *[]byte, failure string) ([]byte, error) {
	text, err := r.string(buffer)
	if err != nil {
		return nil, &LibraryError{failure, err}
	}
	return text, nil
}

// oldLibrary reads a library as the release candidates of 7.0 wrote it: name, engine, whether there is a description, it, and the code. It
// becomes code as it is written since.
func (r *Reader) oldLibrary() ([]byte, error) {
	name, err := r.libraryText(&r.name, "Failed loading library name")
	if err != nil {
		return nil, err
	}
	engine, err := r.libraryText(&r.text, "Failed loading engine name")
	if err != nil {
		return nil, err
	}
	code := append(append(append(append([]byte("#!"), engine...), " name="...), name...), '\n')
	described, err := r.d.count()
	if err != nil {
		return nil, &LibraryError{"Failed loading library description indicator", err}
	}
	if described != 0 {
		if _, err := r.libraryText(&r.text, "Failed loading library description"); err != nil {
			return nil, err
		}
	}
	text, err := r.libraryText(&r.text, "Failed loading library blob")
	return append(code, text...), err
}

// DumpLibraries makes a payload of FUNCTION DUMP: each library's code as it stands in a file, and the footer of DUMP.
func DumpLibraries(codes [][]byte, options Options) []byte {
	e := newEncoder(nil, options)
	for _, code := range codes {
		e.library(code)
	}
	return AppendDump(e.Take(), options.Version)
}

// library writes a library's code.
func (e *Encoder) library(code []byte) {
	e.buf = append(e.buf, opFunction2)
	e.text(code)
}

// OpenLibraries checks a payload of FUNCTION DUMP, as OpenDump does one of DUMP, and reads the libraries' code. After ErrNoLibrary and a
// LibraryError codes are those that stand before the fault.
func OpenLibraries(payload []byte, newest int, trust bool) (codes [][]byte, err error) {
	body, version, err := openPayload(payload, newest, trust)
	if err != nil {
		return nil, err
	}
	r := &Reader{in: over(payload), version: version, t: noType}
	r.d.in = &r.in
	for r.in.r < len(body) { // as in Redis the last text may run into the footer
		var code []byte
		switch op, _ := r.in.byte(); op {
		case opFunction2:
			var room []byte
			code, err = r.library(&room)
		case opFunction:
			code, err = r.oldLibrary()
		default:
			err = ErrNoLibrary
		}
		if err != nil {
			return codes, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}
