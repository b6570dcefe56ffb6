package scripting

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Libraries are the libraries of a server, and who calls what: names of libraries are told apart by case, names of functions, which are common
// to all libraries, aren't. It belongs to the exclusive section; a set that nobody else knows yet (one that is being loaded or restored) to
// who has made it.
type Libraries struct {
	home      runner
	byName    map[string]*Library
	functions map[string]*Function // by their names in lower case
	bytes     int64
}

// runner runs a library's code, which registers functions; interrupted is asked now and then, and ends the run by an error.
type runner interface {
	load(l *Library, code []byte, interrupted func() error) error
}

// NewLibraries makes a set without libraries; what runs their code is made when the first one is loaded.
func NewLibraries(options Options) *Libraries { return newLibraries(&home{options: options}) }

func newLibraries(home runner) *Libraries {
	return &Libraries{home: home, byName: map[string]*Library{}, functions: map[string]*Function{}}
}

// Beside makes a set without libraries whose code is run by what runs that of s, so that they can be joined.
func (s *Libraries) Beside() *Libraries { return newLibraries(s.home) }

// Load runs the code of a library and adds it, in place of one of the same name if replace is set; it returns its name. After an error, whose
// text is Redis's, the set is as it was. The code is kept. interrupted is asked now and then while it runs: its error is that of the code.
func (s *Libraries) Load(code []byte, replace bool, interrupted func() error) (name string, err error) {
	l, run, err := parseLibrary(code)
	if err != nil {
		return "", err
	}
	old := s.byName[l.Name]
	if old != nil && !replace {
		return "", fmt.Errorf("Library '%s' already exists", l.Name)
	}
	if err := s.home.load(l, run, interrupted); err != nil {
		return "", err
	}
	if len(l.Functions) == 0 {
		return "", errNoFunctions
	}
	if err := s.collision(l, func(owner *Library) bool { return owner != old }); err != nil {
		return "", err
	}
	if old != nil {
		s.unlink(old)
	}
	s.link(l)
	return l.Name, nil
}

// collision is what is wrong if a function of a library has the name of one of another library that counts.
func (s *Libraries) collision(l *Library, counts func(owner *Library) bool) error {
	for _, f := range l.Functions {
		if other := s.functions[folded(f.Name)]; other != nil && counts(other.Library) {
			return fmt.Errorf("Function %s already exists", f.Name)
		}
	}
	return nil
}

// Join adds all libraries of another set, made by Beside, in place of those of the same names if replace is set. After an error the set is as it
// was. The other set must not be used any more.
func (s *Libraries) Join(other *Libraries, replace bool) error {
	stays := func(owner *Library) bool { return other.byName[owner.Name] == nil }
	for l := range other.All() {
		if s.byName[l.Name] != nil && !replace {
			return fmt.Errorf("Library %s already exists", l.Name)
		}
	}
	for l := range other.All() {
		if err := s.collision(l, stays); err != nil {
			return err
		}
	}
	for l := range other.All() {
		if old := s.byName[l.Name]; old != nil {
			s.unlink(old)
		}
	}
	for l := range other.All() {
		s.link(l)
	}
	return nil
}

// Delete takes a library away, and tells whether there was one.
func (s *Libraries) Delete(name []byte) bool {
	l := s.byName[string(name)]
	if l == nil {
		return false
	}
	s.unlink(l)
	return true
}

// link adds a library. Of two of its functions whose names differ by case alone the first is called.
func (s *Libraries) link(l *Library) {
	s.byName[l.Name] = l
	for _, f := range l.Functions {
		if name := folded(f.Name); s.functions[name] == nil {
			s.functions[name] = f
		}
	}
	s.bytes += l.bytes()
}

func (s *Libraries) unlink(l *Library) {
	delete(s.byName, l.Name)
	for _, f := range l.Functions {
		if name := folded(f.Name); s.functions[name] == f {
			delete(s.functions, name)
		}
	}
	s.bytes -= l.bytes()
}

// foldedBytes is how long names are at most that Find folds without an allocation.
const foldedBytes = 64

// Find is the function of a name, in any case; nil if there is none.
func (s *Libraries) Find(name []byte) *Function {
	var room [foldedBytes]byte
	return s.functions[string(appendFolded(room[:0], name))]
}

// folded is a name in lower case, as the C locale has it.
func folded(name string) string { return string(appendFolded(nil, []byte(name))) }

func appendFolded(dst, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// All yields the libraries in the order of their names.
func (s *Libraries) All() iter.Seq[*Library] {
	return func(yield func(*Library) bool) {
		for _, name := range slices.Sorted(maps.Keys(s.byName)) {
			if !yield(s.byName[name]) {
				return
			}
		}
	}
}

// Codes are the libraries' codes in the order of their names: what files keep. They don't change.
func (s *Libraries) Codes() [][]byte {
	if len(s.byName) == 0 {
		return nil
	}
	codes := make([][]byte, 0, len(s.byName))
	for l := range s.All() {
		codes = append(codes, l.Code)
	}
	return codes
}

// Counts are the numbers of libraries and of functions, those counted too that another of the same library hides.
func (s *Libraries) Counts() (libraries, functions int) {
	for _, l := range s.byName {
		functions += len(l.Functions)
	}
	return len(s.byName), functions
}

// Bytes is about what the libraries take, without what their code made when it was run. O(1).
func (s *Libraries) Bytes() int64 { return s.bytes }
