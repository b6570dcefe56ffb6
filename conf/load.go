package conf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	// maxConfigBytes bounds one file or standard input.
	maxConfigBytes = 16 << 20
	// maxIncludes bounds the include lines followed, so that files which
	// include each other come to an end.
	maxIncludes = 1000
)

var (
	errNUL          = errors.New("a configuration line can't hold a NUL byte")
	errQuotes       = errors.New("Unbalanced quotes in configuration line")
	errDirective    = errors.New("Bad directive or wrong number of arguments")
	errModuleValue  = errors.New("Module config specified without value")
	errSentinelLine = errors.New("sentinel directive while not in sentinel mode")
	errIncludes     = errors.New("too many includes: does a file include itself?")
)

// LoadError is a line that can't be taken, or, without a position, a
// configuration that can't. Error has Redis's form over several lines.
type LoadError struct {
	At     Position
	Reason string
}

func (e *LoadError) Error() string {
	var b strings.Builder
	b.WriteString("*** FATAL CONFIG FILE ERROR (Cinnabar) ***\n")
	if e.At.Line > 0 {
		fmt.Fprintf(&b, "Reading the configuration file, at line %d of %s\n>>> '%s'\n", e.At.Line, e.At.File, e.At.Text)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// OpenError is a configuration file that can't be read.
type OpenError struct {
	Path string
	Err  error
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.Path, Reason(e.Err))
}

func (e *OpenError) Unwrap() error { return e.Err }

// loading is the state of reading a configuration.
type loading struct {
	includes  int
	saveSeen  bool
	hadNested bool
}

// keepSaveRules says whether the save line being read adds to those before it.
// The first line of all replaces the defaults. After an include has been read,
// every further line replaces, in Redis and so here.
func (l *loading) keepSaveRules() bool {
	keep := l.saveSeen && !l.hadNested
	if !l.hadNested {
		l.saveSeen = true
	}
	return keep
}

// Load reads redis-server's words, those after the program's name (args.go), on
// top of the defaults. The error is a *LoadError or an *OpenError. What the
// configuration asks for in vain, Unbuilt tells afterwards.
func Load(args []string, stdin io.Reader) (*Config, error) {
	line, err := parseArgs(args)
	if err != nil {
		return nil, err
	}
	c := New()
	c.loading = &loading{}
	defer func() { c.loading = nil }()
	if err := c.loadSources(line, stdin); err != nil {
		return nil, err
	}
	if err := c.checkWhole(); err != nil {
		return nil, err
	}
	return c, nil
}

// loadSources reads what the command line names, in Redis's order: the last
// word on a directive counts.
func (c *Config) loadSources(line commandLine, stdin io.Reader) error {
	if line.hasFile {
		c.file = c.resolve(line.file)
		if err := c.loadFiles(line.file); err != nil {
			return err
		}
	}
	if line.stdin {
		text, err := readAll(stdin)
		if err != nil {
			return &OpenError{Path: "-", Err: err}
		}
		if err := c.loadText("standard input", text); err != nil {
			return err
		}
	}
	return c.loadText("the command line", line.options)
}

func (c *Config) checkWhole() error {
	if c.Bool("cluster-enabled") && c.String("replicaof") != "" {
		return &LoadError{Reason: "replicaof directive not allowed in cluster mode"}
	}
	return nil
}

// loadFiles reads one file, or all that a pattern with * ? [ matches, in the
// order of their names; a pattern may match none.
func (c *Config) loadFiles(pattern string) error {
	paths := []string{c.resolve(pattern)}
	if strings.ContainsAny(pattern, "*?[") {
		paths = c.glob(pattern)
	}
	for _, path := range paths {
		text, err := readFile(path)
		if err != nil {
			return &OpenError{Path: path, Err: err}
		}
		if err := c.loadText(path, text); err != nil {
			return err
		}
	}
	return nil
}

// glob is C's: files whose name begins with a dot must be asked for by one, and
// a malformed pattern matches nothing. The working directory is no pattern.
func (c *Config) glob(pattern string) []string {
	if !filepath.IsAbs(pattern) {
		dir := c.String("dir")
		if runtime.GOOS != "windows" { // which can't escape, nor has such names
			dir = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
		}
		pattern = filepath.Join(dir, pattern)
	}
	paths, err := filepath.Glob(pattern)
	if err != nil || strings.HasPrefix(filepath.Base(pattern), ".") {
		return paths
	}
	return slices.DeleteFunc(paths, func(path string) bool { return strings.HasPrefix(filepath.Base(path), ".") })
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxConfigBytes+1))
	if err == nil && len(text) > maxConfigBytes {
		err = fmt.Errorf("larger than %d bytes", maxConfigBytes)
	}
	return string(text), err
}

func (c *Config) loadText(file, text string) error {
	for i, line := range strings.Split(text, "\n") {
		at := Position{File: file, Line: i + 1, Text: strings.Trim(line, " \t\r\n")}
		if at.Text == "" || at.Text[0] == '#' {
			continue
		}
		if err := c.loadLine(at); err != nil {
			var inner *nestedError
			if errors.As(err, &inner) {
				return inner.err
			}
			return &LoadError{At: at, Reason: err.Error()}
		}
	}
	return nil
}

// nestedError carries an error that already names its own place through the
// line that included it.
type nestedError struct{ err error }

func (e *nestedError) Error() string { return e.err.Error() }

func (c *Config) loadLine(at Position) error {
	if strings.IndexByte(at.Text, 0) >= 0 {
		return errNUL
	}
	words, ok := SplitWords(at.Text)
	if !ok {
		return errQuotes
	}
	if len(words) == 0 {
		return nil
	}
	name, args := lower(words[0]), words[1:]
	if e, ok := table.find(name); ok {
		return c.loadValue(e, args)
	}
	return c.loadOther(name, args, at)
}

func (c *Config) loadValue(e entry, args []string) error {
	d := &table.rows[e.row]
	if !d.Has(MultiArg) && len(args) != 1 {
		return errArgCount
	}
	if d.Has(MultiArg) && len(args) == 1 && args[0] != "" {
		// One word may hold several: --save "900 1". Unbalanced quotes in it
		// leave none, as in Redis.
		args, _ = SplitWords(args[0])
	}
	v, err := d.parse(c, args)
	if err == nil {
		c.values[e.row] = v
	}
	return err
}

// retired directives are taken and forgotten, as Redis does.
var retired = []string{"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"}

func (c *Config) loadOther(name string, args []string, at Position) error {
	switch {
	case len(args) == 1 && slices.Contains(retired, name):
	case name == "include" && len(args) == 1:
		return c.include(args[0])
	case name == "rename-command" && len(args) == 2:
		c.renames = append(c.renames, Rename{From: args[0], To: args[1], At: at})
	case name == "user" && len(args) >= 1, name == "loadmodule" && len(args) >= 1:
		c.foreign = append(c.foreign, foreignLine{name: name, at: at, args: args})
	case strings.Contains(name, "."):
		if len(args) == 0 {
			return errModuleValue
		}
		c.foreign = append(c.foreign, foreignLine{name: name, at: at, args: args})
	case name == "sentinel":
		if len(args) > 0 {
			return errSentinelLine
		}
	default:
		return errDirective
	}
	return nil
}

func (c *Config) include(path string) error {
	l := c.loading
	if l.includes == maxIncludes {
		return errIncludes
	}
	l.includes++
	l.hadNested = false
	err := c.loadFiles(path)
	l.hadNested = true
	if err != nil {
		return &nestedError{err}
	}
	return nil
}
