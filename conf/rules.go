package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Rules of single rows that their kind doesn't cover.

const defaultProcTitle = "{title} {listen-addr} {server-mode}"

// procTitleVariables may stand between braces in proc-title-template.
var procTitleVariables = []string{"title", "listen-addr", "server-mode", "config-file", "port", "tls-port", "unixsocket"}

func settleProcTitle(_ *Config, v value) (value, error) {
	filled, ok := expandTemplate(v.text)
	if !ok || strings.Trim(filled, " ") == "" {
		return v, errors.New("template format is invalid or contains unknown variables")
	}
	return v, nil
}

// expandTemplate fills a template as Redis does when it checks one: title and
// server-mode are empty, the rest is not. {{ is a brace.
func expandTemplate(s string) (filled string, ok bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "{")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		if strings.HasPrefix(after, "{") {
			b.WriteByte('{')
			s = after[1:]
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", false
		}
		known := false
		for _, variable := range procTitleVariables {
			known = known || variable == name
		}
		if !known {
			return "", false
		}
		if name != "title" && name != "server-mode" && name != "unixsocket" {
			b.WriteString(name)
		}
		s = rest
	}
}

// maxHostname is Redis's NET_HOST_STR_LEN.
const maxHostname = 256

func settleHostname(_ *Config, v value) (value, error) {
	if len(v.text) >= maxHostname {
		return v, errors.New("Hostnames must be less than 256 characters")
	}
	for i := 0; i < len(v.text); i++ {
		c := lowerByte(v.text[i])
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.') {
			return v, errors.New("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return v, nil
}

// settleBaseName refuses a path where a plain name is due, which may be empty
// or not. noun is what Redis calls it.
func settleBaseName(name, noun string, emptyOK bool) func(*Config, value) (value, error) {
	return func(_ *Config, v value) (value, error) {
		if v.text == "" && !emptyOK {
			return v, errors.New(name + " can't be empty")
		}
		if strings.ContainsAny(v.text, `/\`) {
			return v, errors.New(name + " can't be a path, just a " + noun)
		}
		return v, nil
	}
}

func settleShutdownFlags(_ *Config, v value) (value, error) {
	const save, nosave = 1, 2
	if v.num&save != 0 && v.num&nosave != 0 {
		return v, errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return v, nil
}

func settleActiveDefrag(_ *Config, v value) (value, error) {
	if v.num != 0 {
		return v, errors.New("Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution")
	}
	return v, nil
}

// settleHZ caps a value that Redis takes for a hint.
func settleHZ(_ *Config, v value) (value, error) {
	v.num = min(max(v.num, 1), 500)
	return v, nil
}

// settleBacklog raises a backlog that CONFIG SET makes too small to be of use.
// A file's value is shown as it was given.
func settleBacklog(c *Config, v value) (value, error) {
	const least = 16 << 10
	if c != nil && c.loading == nil {
		v.num = max(v.num, least)
	}
	return v, nil
}

// settleOOMScoreAdj shows relative under its other name, as Redis does.
func settleOOMScoreAdj(_ *Config, v value) (value, error) {
	const yes, relative = 1, 2
	if v.num == relative {
		v.num = yes
	}
	return v, nil
}

// keyspaceClasses are the classes of A, in the order CONFIG GET shows them.
const keyspaceClasses = "g$lshzxetd"

func settleKeyspaceEvents(_ *Config, v value) (value, error) {
	for i := 0; i < len(v.text); i++ {
		if !strings.Contains("AKEmn"+keyspaceClasses, v.text[i:i+1]) {
			return v, errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	has := func(class string) bool { return strings.Contains(v.text, class) }
	canonical := ""
	for i := range len(keyspaceClasses) {
		if class := keyspaceClasses[i : i+1]; has("A") || has(class) {
			canonical += class
		}
	}
	if canonical == keyspaceClasses {
		canonical = "A"
	} else if has("n") {
		canonical += "n"
	}
	for _, class := range []string{"K", "E", "m"} {
		if has(class) {
			canonical += class
		}
	}
	// As in Redis A doesn't show n, which is meant all the same.
	v.num = 0
	if has("n") {
		v.num = 1
	}
	v.text = canonical
	return v, nil
}

// settleDir resolves the directory as chdir and getcwd would, and refuses one
// that chdir would refuse.
func settleDir(c *Config, v value) (value, error) {
	if c == nil {
		return v, nil
	}
	if v.text == "" {
		return v, errors.New(Reason(syscall.ENOENT))
	}
	path := c.resolve(v.text)
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err == nil {
		// Looking up the dot needs the right to search the directory.
		_, err = os.Stat(path + string(filepath.Separator) + ".")
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return v, errors.New(Reason(err))
	}
	v.text = path
	return v, nil
}

// Reason is what C's strerror says of a system error, on every system: Go's
// words begin with a small letter, and Windows has its own.
func Reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	}
	var errno syscall.Errno
	text := err.Error()
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// defaultIOThreads leaves one core to everything else.
func defaultIOThreads() string { return strconv.Itoa(min(max(runtime.NumCPU()-1, 1), 128)) }
