package scripting

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// registering runs code whose words are the names of functions to be registered; "!" is one that fails.
type registering struct{}

func (registering) load(l *Library, code []byte, interrupted func() error) error {
	for _, line := range strings.Fields(string(code)) {
		if line == "!" {
			return errors.New("it fails")
		}
		if err := l.register(&Function{Name: line}); err != nil {
			return err
		}
	}
	return nil
}

func someLibraries(t *testing.T, codes ...string) *Libraries {
	s := newLibraries(registering{})
	for _, code := range codes {
		_, err := s.Load([]byte(code), false, nil)
		require.NoError(t, err)
	}
	return s
}

// described is what a set consists of: each library with its functions, and who is called by which name.
func (s *Libraries) described() (lines []string) {
	for l := range s.All() {
		line := l.Name + ":"
		for _, f := range l.Functions {
			line += " " + f.Name
		}
		lines = append(lines, line)
	}
	var called []string
	for name, f := range s.functions {
		called = append(called, fmt.Sprintf("%s=%s.%s", name, f.Library.Name, f.Name))
	}
	slices.Sort(called)
	return append(lines, called...)
}

func TestLibraryMetadata(t *testing.T) {
	for code, want := range map[string]string{
		"":                                     "Missing library metadata",
		"#":                                    "Missing library metadata",
		" #!lua name=a\nf":                     "Missing library metadata",
		"#!lua name=a":                         "Invalid library metadata",
		"#!lua \x00name=a\nf":                  "Invalid library metadata",
		"#!lua name=\"a\nf":                    "Invalid library metadata",
		"#!lua\nf":                             "Library name was not given",
		"#!\nf":                                "Library name was not given",
		"#!nobody name=a\nf":                   "Engine 'nobody' not found",
		"#! name=a\nf":                         "Engine '' not found",
		"#!lua name=a name=b\nf":               "Invalid metadata value, name argument was given multiple times",
		"#!lua name=a foo=bar\nf":              "Invalid metadata value given: foo=bar",
		"#!lua nam\nf":                         "Invalid metadata value given: nam",
		"#!lua name=\nf":                       errName.Error(),
		"#!lua name=a-b\nf":                    errName.Error(),
		"#!lua name=\"a\\x00b\"\nf":            errName.Error(),
		"#!nobody name=a-b\nf":                 errName.Error(),
		"#!lua name=there\nf":                  "Library 'there' already exists",
		"#!lua name=a\n":                       "No functions registered",
		"#!lua name=a\nf !":                    "it fails",
		"#!lua name=a\nf f":                    "Function already exists in the library",
		"#!lua name=a\nf.g":                    errName.Error(),
		"#!lua name=a\nf THIS":                 "Function THIS already exists",
		"#!lua NAME=a\nf":                      "",
		"#!LuA   'name=b'  \nf":                "",
		"#!lua name=\"\\x61b\"\n\x00 f\nF":     errName.Error(),
		"#!lua name=There\r\nf\tF":             "",
		"#!lua name=0_long_Name_\n\n\n\n\n\nf": "",
	} {
		s := someLibraries(t, "#!lua name=there\nthis that")
		before := s.described()
		_, err := s.Load([]byte(code), false, nil)
		if want == "" {
			require.NoError(t, err, "%q", code)
			continue
		}
		require.EqualError(t, err, want, "%q", code)
		require.Equal(t, before, s.described())
	}
}

func TestReplacedLibraries(t *testing.T) {
	s := someLibraries(t, "#!lua name=a\nf g", "#!lua name=b\nh")
	name, err := s.Load([]byte("#!lua name=a\nG i"), true, nil)
	require.NoError(t, err)
	require.Equal(t, "a", name)
	now := []string{"a: G i", "b: h", "g=a.G", "h=b.h", "i=a.i"}
	require.Equal(t, now, s.described())
	for code, want := range map[string]string{
		"#!lua name=a\nf H": "Function H already exists", "#!lua name=a\nf !": "it fails", "#!lua name=a\n": "No functions registered",
	} {
		_, err = s.Load([]byte(code), true, nil)
		require.EqualError(t, err, want)
		require.Equal(t, now, s.described())
	}
	require.False(t, s.Delete([]byte("A")))
	require.True(t, s.Delete([]byte("a")))
	require.Equal(t, []string{"b: h", "h=b.h"}, s.described())
	require.True(t, s.Delete([]byte("b")))
	require.Empty(t, s.described())
	require.Zero(t, s.Bytes())
	require.Nil(t, s.Codes())
}

func TestJoinedLibraries(t *testing.T) {
	old := []string{"#!lua name=a\nf g", "#!lua name=b\nh"}
	for _, c := range []struct {
		with    []string
		replace bool
		want    []string
		err     string
	}{
		{[]string{"#!lua name=c\ni"}, false, []string{"a: f g", "b: h", "c: i", "f=a.f", "g=a.g", "h=b.h", "i=c.i"}, ""},
		{[]string{"#!lua name=b\ni"}, false, nil, "Library b already exists"},
		{[]string{"#!lua name=b\nF"}, false, nil, "Library b already exists"},
		{[]string{"#!lua name=c\nF"}, false, nil, "Function F already exists"},
		{[]string{"#!lua name=c\nF"}, true, nil, "Function F already exists"},
		{[]string{"#!lua name=b\nF"}, true, nil, "Function F already exists"},
		{[]string{"#!lua name=b\nH i"}, true, []string{"a: f g", "b: H i", "f=a.f", "g=a.g", "h=b.H", "i=b.i"}, ""},
		{[]string{"#!lua name=a\nh", "#!lua name=b\nf"}, true, []string{"a: h", "b: f", "f=b.f", "h=a.h"}, ""},
	} {
		s, other := someLibraries(t, old...), someLibraries(t, c.with...)
		err := s.Join(other, c.replace)
		if c.err != "" {
			require.EqualError(t, err, c.err)
			require.Equal(t, someLibraries(t, old...).described(), s.described())
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, s.described())
		again := newLibraries(registering{})
		for _, code := range s.Codes() {
			_, err := again.Load(code, false, nil)
			require.NoError(t, err)
		}
		require.Equal(t, s.described(), again.described())
		require.Equal(t, again.Bytes(), s.Bytes())
	}
}

func TestFoundFunctions(t *testing.T) {
	long := strings.Repeat("aB", 100)
	s := someLibraries(t, "#!lua name=a\nf F g "+long)
	require.Equal(t, "f", s.Find([]byte("F")).Name)
	require.Equal(t, long, s.Find([]byte(strings.ToUpper(long))).Name)
	require.Nil(t, s.Find([]byte("f\x00")))
	require.Nil(t, s.Find(nil))
	libraries, functions := s.Counts()
	require.Equal(t, []int{1, 4}, []int{libraries, functions})
	name := []byte("G")
	require.Zero(t, testing.AllocsPerRun(100, func() { s.Find(name) }))
}

// FuzzLibraries: whatever the code, it is a library with a good name or an error.
func FuzzLibraries(f *testing.F) {
	f.Add([]byte("#!lua name=a\nredis.register_function('a', function() return 1 end)"))
	f.Add([]byte("#!LUA \t'name=b' \"x\\x00\"\n"))
	f.Fuzz(func(t *testing.T, code []byte) {
		l, run, err := parseLibrary(code)
		if err == nil && (!goodName(l.Name) || run[0] != '\n' || len(run) >= len(code)) {
			t.Fatalf("%q: %+v, %q", code, l, run)
		}
	})
}
