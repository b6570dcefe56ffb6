package scripting

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// EngineName is the only engine that libraries may name, in any case.
const EngineName = "LUA"

// Library is the functions that one code has registered.
type Library struct {
	Name string
	// Code is all of it, its first line included, as it is kept in files. It doesn't change.
	Code []byte
	// Functions are in the order in which they were registered.
	Functions []*Function
	// life is the one of the machine in which the code was run.
	life int
}

// Function is what FCALL calls.
type Function struct {
	Name string
	// Description is what the library says of it, if it is Described.
	Description string
	Described   bool
	Flags       Flags
	// Library is the one that has registered it.
	Library *Library
	// body is what is called, in the library's life of the machine.
	body *lua.LFunction
}

// What is wrong with a library, in Redis's words: an error to a client stands behind "ERR ".
var (
	errNoMetadata   = errors.New("Missing library metadata")
	errBadMetadata  = errors.New("Invalid library metadata")
	errTwoNames     = errors.New("Invalid metadata value, name argument was given multiple times")
	errNoName       = errors.New("Library name was not given")
	errName         = errors.New("Library names can only contain letters, numbers, or underscores(_) and must be at least one character long")
	errFunctionHere = errors.New("Function already exists in the library")
	errNoFunctions  = errors.New("No functions registered")
)

// parseLibrary reads the first line of a library's code, "#!lua name=foo", and gives what is to be run: all behind it, the end of that line
// included, so that lines keep their numbers.
func parseLibrary(code []byte) (l *Library, run []byte, err error) {
	if !bytes.HasPrefix(code, []byte("#!")) {
		return nil, nil, errNoMetadata
	}
	end := bytes.IndexAny(code, "\n\x00") // Redis looks for the end of the line in a C string
	if end < 0 || code[end] == 0 {
		return nil, nil, errBadMetadata
	}
	words, err := resp.Args(append(bytes.Clone(code[:end]), '\n'), nil)
	if err != nil || len(words) == 0 {
		return nil, nil, errBadMetadata
	}
	l = &Library{Code: code}
	named := false
	for _, word := range words[1:] {
		const prefix = "name="
		switch {
		case len(word) < len(prefix) || !strings.EqualFold(string(word[:len(prefix)]), prefix):
			shown, _, _ := bytes.Cut(word, []byte{0})
			return nil, nil, fmt.Errorf("Invalid metadata value given: %s", shown)
		case named:
			return nil, nil, errTwoNames
		}
		l.Name, named = string(word[len(prefix):]), true
	}
	switch engine := string(words[0][len("#!"):]); {
	case !named:
		return nil, nil, errNoName
	case !goodName(l.Name):
		return nil, nil, errName
	case !strings.EqualFold(engine, EngineName):
		return nil, nil, fmt.Errorf("Engine '%s' not found", engine)
	}
	return l, code[end:], nil
}

// goodName tells whether a library or function may be called so.
func goodName(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
		default:
			return false
		}
	}
	return name != ""
}

// register adds a function to a library that is being loaded.
func (l *Library) register(f *Function) error {
	if !goodName(f.Name) {
		return errName
	}
	for _, other := range l.Functions {
		if other.Name == f.Name { // case matters here, and only here
			return errFunctionHere
		}
	}
	f.Library = l
	l.Functions = append(l.Functions, f)
	return nil
}

// About what a library and a function take beside their texts: themselves, their places in maps, and a function of Lua.
const (
	libraryBytes  = 160
	functionBytes = 256
)

// bytes is about what a library takes, without what its code makes when it runs.
func (l *Library) bytes() int64 {
	size := libraryBytes + len(l.Name) + len(l.Code)
	for _, f := range l.Functions {
		size += functionBytes + len(f.Name) + len(f.Description)
	}
	return int64(size)
}
