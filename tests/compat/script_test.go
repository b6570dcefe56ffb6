package compat

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// script is a parsed text file of testdata.
type script struct {
	start       []string // directives of both servers
	manualHello bool
	follows     map[string]bool // whether there are lines with @stream, with @events, and with @shown
	lines       []line
}

// line is one step of a script.
type line struct {
	number   int
	text     string // as it stands in the file
	conn     string
	action   string // "" for a command, or the word after @
	words    []string
	how      how
	expected []expectation
}

// follows tells whether a line compares what came of itself and not a reply.
func (l *line) follows() bool {
	return slices.Contains([]string{"stream", "events", "shown"}, l.action)
}

// how tells what of the replies is compared.
type how struct {
	mode     string // "exact" or one of the doc's
	argument string
	mask     *regexp.Regexp
	strip    *regexp.Regexp // taken out before anything else
	distance float64
	replies  int // how many are read
}

// expectation is a line of RESP that our reply must have, in one protocol or in both.
type expectation struct {
	proto int // 0 for both
	text  string
}

const defaultConn = "c1"

// parseScript reads a script. Errors name the line.
func parseScript(text string) (script, error) {
	s := script{follows: map[string]bool{}}
	for i, raw := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(raw)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if err := s.add(i+1, trimmed); err != nil {
			return s, fmt.Errorf("line %d: %w: %s", i+1, err, trimmed)
		}
	}
	return s, s.check()
}

func (s *script) add(number int, text string) error {
	if strings.HasPrefix(text, "=") {
		return s.expect(text)
	}
	l := line{number: number, text: text, conn: defaultConn, how: how{mode: "exact", replies: 1}}
	words, err := splitWords(text)
	if err != nil {
		return err
	}
	if name, ok := strings.CutSuffix(words[0], ">"); ok {
		l.conn, words = name, words[1:]
	}
	for len(words) > 0 && strings.HasPrefix(words[0], "~") {
		if err := l.how.set(words[0][1:]); err != nil {
			return err
		}
		words = words[1:]
	}
	if len(words) == 0 {
		return fmt.Errorf("no command")
	}
	if action, ok := strings.CutPrefix(words[0], "@"); ok {
		l.action, words = action, words[1:]
	}
	l.words = words
	return s.place(l)
}

// place puts a line where it belongs: to the head or among the steps.
func (s *script) place(l line) error {
	switch l.action {
	case "start", "hello":
		if len(s.lines) > 0 {
			return fmt.Errorf("@%s belongs to the head", l.action)
		}
		if l.action == "start" {
			s.start = append(s.start, l.words...)
		} else {
			s.manualHello = true
		}
		return nil
	case "", "raw", "read", "let", "until", "silent", "close", "expect-closed", "stream", "events", "shown":
		if l.follows() {
			s.follows[l.action] = true
		}
		s.lines = append(s.lines, l)
		return nil
	}
	return fmt.Errorf("unknown @%s", l.action)
}

func (h *how) set(word string) error {
	name, argument, _ := strings.Cut(word, "=")
	var err error
	switch name {
	case "replies":
		h.replies, err = strconv.Atoi(argument)
		return err
	case "pipeline":
		h.replies = 0
		return nil
	case "sorted", "pairs", "shape", "ignore", "differs", "ours", "has", "fields", "scan":
	case "rounded":
		h.distance, err = strconv.ParseFloat(argument, 64)
	case "mask", "lines":
		h.mask, err = regexp.Compile(argument)
	case "client":
		name, h.mask, h.strip = "mask", clientFields, newerFields
	default:
		return fmt.Errorf("unknown ~%s", name)
	}
	h.mode, h.argument = name, argument
	return err
}

// clientFields are the fields of CLIENT LIST that differ from run to run.
var clientFields = regexp.MustCompile(
	`\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem)=[^ \n]*`)

// newerFields are those that Redis 7.0 doesn't have.
var newerFields = regexp.MustCompile(` lib-name=[^ \n]* lib-ver=[^ \n]*`)

// expect adds an expected line to the last step.
func (s *script) expect(text string) error {
	if len(s.lines) == 0 {
		return fmt.Errorf("nothing to expect a reply of")
	}
	var e expectation
	switch {
	case strings.HasPrefix(text, "=2 "):
		e.proto = 2
	case strings.HasPrefix(text, "=3 "):
		e.proto = 3
	case !strings.HasPrefix(text, "= "):
		return fmt.Errorf("not of the form = text")
	}
	_, e.text, _ = strings.Cut(text, " ")
	last := &s.lines[len(s.lines)-1]
	last.expected = append(last.expected, e)
	return nil
}

func (s *script) check() error {
	for _, l := range s.lines {
		if l.follows() && !slices.Contains([]string{"exact", "sorted", "ignore"}, l.how.mode) {
			return fmt.Errorf("line %d: @%s isn't compared %s: %s", l.number, l.action, l.how.mode, l.text)
		}
		literal := l.how.mode == "ours" || l.how.mode == "differs"
		if literal != (len(l.expected) > 0) {
			return fmt.Errorf("line %d: ~ours and ~differs, and they alone, have lines of expectation: %s", l.number, l.text)
		}
	}
	return nil
}

// splitWords splits at blanks; a word that begins with " is a Go string literal.
func splitWords(text string) ([]string, error) {
	var words []string
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		if text[0] != '"' {
			word, rest, _ := strings.Cut(text, " ")
			words, text = append(words, word), rest
			continue
		}
		literal, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, fmt.Errorf("a string without an end")
		}
		word, err := strconv.Unquote(literal)
		if err != nil {
			return nil, err
		}
		words, text = append(words, word), text[len(literal):]
	}
	return words, nil
}
