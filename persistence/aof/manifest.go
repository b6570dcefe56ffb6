package aof

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/conf"
)

// Type is what a file is to the log, as the manifest says it.
type Type byte

// The types of files.
const (
	Base      Type = 'b' // the data as of a moment
	Increment Type = 'i' // what happened since
	History   Type = 'h' // replaced, to be deleted
)

// Info is a line of the manifest.
type Info struct {
	Name string // in the log's folder
	Seq  int64  // counted from 1 for bases and for increments
	Type Type
}

// Manifest says which files a log consists of. The zero value is that of a log that has none.
type Manifest struct {
	base       *Info // nil if there is none
	increments []Info
	history    []Info
	// baseSeq and incrementSeq are the numbers given out last.
	baseSeq, incrementSeq int64
}

// maxManifestLine is the most bytes a line may have, its end included.
const maxManifestLine = 1024

// ManifestError is a manifest that can't be read.
type ManifestError struct {
	Line    int    // its number, from 1; 0 where Redis tells none
	Text    string // the line, trimmed
	Problem string // in Redis's words
}

// Error implements error.
func (e *ManifestError) Error() string {
	if e.Line == 0 {
		return "the manifest of the append only log: " + e.Problem
	}
	return fmt.Sprintf("the manifest of the append only log, line %d, '%s': %s", e.Line, e.Text, e.Problem)
}

// Lines is what Redis logs about it, a message each.
func (e *ManifestError) Lines() []string {
	lines := []string{"\n*** FATAL AOF MANIFEST FILE ERROR ***\n"}
	if e.Line > 0 {
		lines = append(lines, fmt.Sprintf("Reading the manifest file, at line %d\n", e.Line), ">>> '"+e.Text+"'\n")
	}
	return append(lines, e.Problem+"\n")
}

// What can be wrong with a manifest.
const (
	problemEmpty     = "Found an empty AOF manifest"
	problemLongLine  = "The AOF manifest file contains too long line"
	problemFormat    = "Invalid AOF manifest file format"
	problemPath      = "File can't be a path, just a filename"
	problemDuplicate = "Found duplicate base file information"
	problemOrder     = "Found a non-monotonic sequence number"
	problemType      = "Unknown AOF file type"
)

// maxSeq is the highest number of a file that is taken: more rewrites than anybody lives to see lie above it.
const maxSeq = math.MaxInt64 / 2

// ParseManifest reads a manifest as redis-server 7.0.15 does: it takes what Redis takes and complains in its words, save that it also
// refuses the names "", "." and "..", which Redis fails to open later, and numbers so high that rewrites could not go on counting.
func ParseManifest(text []byte) (*Manifest, error) {
	if len(text) == 0 {
		return nil, &ManifestError{Problem: problemEmpty}
	}
	m := &Manifest{}
	for number := 1; len(text) > 0; number++ {
		line := text[:min(len(text), maxManifestLine)]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		text = text[len(line):]
		if line[0] == '#' {
			continue
		}
		line, _, _ = bytes.Cut(line, []byte{0}) // where a string ends in C
		if !bytes.HasSuffix(line, []byte("\n")) {
			return nil, &ManifestError{Problem: problemLongLine}
		}
		trimmed := strings.Trim(string(line), " \t\r\n")
		if problem := m.add(trimmed); problem != "" {
			return nil, &ManifestError{Line: number, Text: trimmed, Problem: problem}
		}
	}
	return m, nil
}

// add takes a line over, or says what is wrong with it.
func (m *Manifest) add(line string) (problem string) {
	words, ok := conf.SplitWords(line)
	if !ok || len(words) < 6 || len(words)%2 != 0 {
		return problemFormat
	}
	info, named := Info{}, false
	for i := 0; i < len(words); i += 2 {
		value, _, _ := strings.Cut(words[i+1], "\x00")
		switch strings.ToLower(words[i]) {
		case "file":
			info.Name, named = value, true
			if strings.ContainsAny(value, `/\`) || value == "" || value == "." || value == ".." {
				return problemPath
			}
		case "seq":
			info.Seq, _ = cutInteger(value)
		case "type":
			info.Type = 0
			if value != "" {
				info.Type = Type(value[0])
			}
		}
	}
	if !named || info.Seq == 0 || info.Type == 0 || info.Seq > maxSeq || info.Seq < 0 && info.Type == Base {
		return problemFormat
	}
	return m.addInfo(info)
}

func (m *Manifest) addInfo(info Info) (problem string) {
	switch info.Type {
	case Base:
		if m.base != nil {
			return problemDuplicate
		}
		m.base, m.baseSeq = &info, info.Seq
	case History:
		m.history = append(m.history, info)
	case Increment:
		if info.Seq <= m.incrementSeq {
			return problemOrder
		}
		m.increments, m.incrementSeq = append(m.increments, info), info.Seq
	default:
		return problemType
	}
	return ""
}

// cutInteger is C's strtoll: blanks, a sign, digits as far as they go; 0 and all of text if there are none, the nearest limit if there
// are too many.
func cutInteger(text string) (number int64, rest string) {
	trimmed := strings.TrimLeft(text, " \t\n\v\f\r")
	signed := 0
	if trimmed != "" && (trimmed[0] == '-' || trimmed[0] == '+') {
		signed = 1
	}
	end := signed
	for end < len(trimmed) && '0' <= trimmed[end] && trimmed[end] <= '9' {
		end++
	}
	if end == signed {
		return 0, text
	}
	number, _ = strconv.ParseInt(trimmed[:end], 10, 64) // out of range: the limit
	return number, trimmed[end:]
}

// Append appends the manifest's text: the base, the history, the increments, a line each.
func (m *Manifest) Append(buf []byte) []byte {
	if m.base != nil {
		buf = appendInfo(buf, *m.base)
	}
	for _, info := range m.history {
		buf = appendInfo(buf, info)
	}
	for _, info := range m.increments {
		buf = appendInfo(buf, info)
	}
	return buf
}

// appendInfo quotes a name where Redis does, and also where it holds a single quote: Redis writes that bare and can't read it again.
func appendInfo(buf []byte, info Info) []byte {
	name := info.Name
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' {
			name = conf.Quote(name)
			break
		}
	}
	return fmt.Appendf(buf, "file %s seq %d type %c\n", name, info.Seq, info.Type)
}

// Empty tells whether no file is to be loaded.
func (m *Manifest) Empty() bool { return m.base == nil && len(m.increments) == 0 }

// Files are the files that make up the data, in the order of loading. History is not among them.
func (m *Manifest) Files() []Info {
	var files []Info
	if m.base != nil {
		files = append(files, *m.base)
	}
	return append(files, m.increments...)
}

// HistoryFiles are the files to delete.
func (m *Manifest) HistoryFiles() []Info { return slices.Clone(m.history) }

// clone is a copy that changes by itself.
func (m *Manifest) clone() *Manifest {
	c := *m
	if m.base != nil {
		base := *m.base
		c.base = &base
	}
	c.increments, c.history = slices.Clone(m.increments), slices.Clone(m.history)
	return &c
}

// addIncrement gives out the next increment.
func (m *Manifest) addIncrement(logName string) Info {
	m.incrementSeq++
	info := Info{Name: fmt.Sprintf("%s.%d.incr.aof", logName, m.incrementSeq), Seq: m.incrementSeq, Type: Increment}
	m.increments = append(m.increments, info)
	return info
}

// replaceBase gives out the next base and makes history of the last one.
func (m *Manifest) replaceBase(logName string, rdb bool) Info {
	if m.base != nil {
		m.addHistory(*m.base)
	}
	m.baseSeq++
	suffix := "aof"
	if rdb {
		suffix = "rdb"
	}
	m.base = &Info{Name: fmt.Sprintf("%s.%d.base.%s", logName, m.baseSeq, suffix), Seq: m.baseSeq, Type: Base}
	return *m.base
}

// addHistory puts a file at the head of history, as Redis does.
func (m *Manifest) addHistory(info Info) {
	info.Type = History
	m.history = slices.Insert(m.history, 0, info)
}

// retireBefore makes history of the increments before the one of that name, the last of them first; "" is behind all of them.
func (m *Manifest) retireBefore(name string) {
	first := slices.IndexFunc(m.increments, func(info Info) bool { return info.Name == name })
	if name == "" {
		first = len(m.increments)
	}
	for i := first - 1; i >= 0; i-- {
		m.addHistory(m.increments[i])
	}
	m.increments = slices.Clone(m.increments[max(first, 0):])
}
