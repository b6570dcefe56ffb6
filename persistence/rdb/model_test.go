package rdb

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// part is an element of a model: a text, with what belongs to it.
type part struct {
	text     string
	value    string  // of a field
	deadline int64   // of a field
	score    float64 // of a member
}

// model is a value as tests keep it.
type model struct {
	kind  Kind
	t     Type
	parts []part
	raw   []byte // of a stream
	begun bool
}

func (m *model) Begin(kind Kind, hint int) error {
	if m.begun || hint < 0 {
		return errors.New("begun twice, or a hint below zero")
	}
	m.kind, m.begun = kind, true
	return nil
}

func textOf(e Element) string { return string(e.AppendTo(nil)) }

func (m *model) add(kind Kind, p part) error {
	if m.kind != kind && (m.kind != KindSet || kind != KindList) {
		return fmt.Errorf("kind %d came in kind %d", kind, m.kind)
	}
	m.parts = append(m.parts, p)
	return nil
}

func (m *model) Text(value Element) error {
	m.kind = KindString
	return m.add(KindString, part{text: textOf(value)})
}

func (m *model) Item(item Element) error { return m.add(KindList, part{text: textOf(item)}) }

func (m *model) Field(field, value Element, deadline int64) error {
	return m.add(KindHash, part{text: textOf(field), value: textOf(value), deadline: deadline})
}

func (m *model) Member(member Element, score float64) error {
	return m.add(KindSortedSet, part{text: textOf(member), score: score})
}

func (m *model) Opaque(t Type, raw []byte) error {
	m.kind, m.t, m.raw = KindStream, t, bytes.Clone(raw)
	return nil
}

// elements are a list's items or a set's members; every other integer as one.
func (m *model) elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for i, p := range m.parts {
			if !yield(elementOf(p.text, i%2 == 0)) {
				return
			}
		}
	}
}

func elementOf(text string, asInt bool) Element {
	if n, ok := parseInt([]byte(text)); ok && asInt {
		return IntElement(n)
	}
	return TextElement([]byte(text))
}

func (m *model) pairs() Pairs {
	return func(yield func(Element, float64) bool) {
		for i, p := range m.parts {
			if !yield(elementOf(p.text, i%2 == 0), p.score) {
				return
			}
		}
	}
}

func (m *model) fields() Fields {
	return func(yield func(field, value Element, deadlineMs int64) bool) {
		for i, p := range m.parts {
			if !yield(elementOf(p.text, i%2 == 0), elementOf(p.value, i%3 == 0), p.deadline) {
				return
			}
		}
	}
}

// encodingOf is how a value of a type would be written again.
func encodingOf(t Type) Encoding {
	switch t {
	case SetIntset:
		return Intset
	case SetListpack, HashListpack, HashZiplist, HashZipmap, HashListpackEx, HashListpackExPre, SortedSetListpack, SortedSetZiplist:
		return Listpack
	}
	return Table
}

// write writes a model in an encoding.
func (m *model) write(e *Encoder, entry *Entry, encoding Encoding) error {
	switch m.kind {
	case KindString:
		return e.String(entry, elementOf(m.parts[0].text, true))
	case KindList:
		return e.List(entry, len(m.parts), m.elements())
	case KindSet:
		return e.Set(entry, encoding, len(m.parts), m.elements())
	case KindSortedSet:
		return e.SortedSet(entry, encoding, len(m.parts), m.pairs())
	case KindHash:
		return e.Hash(entry, encoding, len(m.parts), m.fields())
	}
	return e.Opaque(entry, m.t, m.raw)
}

// sorted is the model with its parts in an order that doesn't depend on how it was written.
func (m *model) sorted() []part {
	if m.kind == KindList {
		return m.parts
	}
	parts := slices.Clone(m.parts)
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.text, b.text) })
	return parts
}

// appendTo appends the model in words, a part a line.
func (m *model) appendTo(dst []byte) []byte {
	if m.kind == KindStream {
		return fmt.Appendf(dst, "    %d bytes, checksum %016x\n", len(m.raw), checksum(0, m.raw))
	}
	for _, p := range m.sorted() {
		dst = append(dst, "    "...)
		dst = appendShown(dst, p.text)
		switch m.kind {
		case KindHash:
			dst = appendShown(append(dst, " = "...), p.value)
			if p.deadline != NoDeadline {
				dst = fmt.Appendf(dst, ", expires at %d", p.deadline)
			}
		case KindSortedSet:
			dst = strconv.AppendFloat(append(dst, " = "...), p.score, 'g', -1, 64)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// appendShown appends a text, or what it can be told from others by if it is long.
func appendShown(dst []byte, text string) []byte {
	if len(text) <= 60 {
		return strconv.AppendQuote(dst, text)
	}
	return fmt.Appendf(strconv.AppendQuote(dst, text[:20]), " and so on, %d bytes, checksum %016x", len(text), checksum(0, []byte(text)))
}

// file is what was in a file.
type file struct {
	version int
	entries []fileEntry
	words   []byte // everything
}

type fileEntry struct {
	Entry
	database int
	t        Type
	raw      []byte // if it was cut out
	model    model
}

// readAll reads a file to its end. Values are decoded as a stream, or cut out first if they take no more than cut bytes.
func readAll(src io.Reader, options ReadOptions, cut int) (*file, error) {
	r, err := NewReader(src, options)
	if err != nil {
		return nil, err
	}
	f := &file{version: r.Version()}
	f.words = fmt.Appendf(f.words, "version %d\n", r.Version())
	for {
		var rec Record
		if err := r.Next(&rec); err != nil {
			return f, err
		}
		switch rec.Op {
		case OpAux:
			if string(rec.Name) == "ctime" || string(rec.Name) == "used-mem" {
				rec.Text = []byte("...")
			}
			f.words = fmt.Appendf(f.words, "aux %q = %q\n", rec.Name, rec.Text)
		case OpSelect:
			f.words = fmt.Appendf(f.words, "database %d\n", rec.Database)
		case OpResize:
			f.words = fmt.Appendf(f.words, "%d keys, %d with deadlines\n", rec.Keys, rec.Deadlines)
		case OpFunction:
			f.words = fmt.Appendf(f.words, "function %q\n", rec.Text)
		case OpModuleAux:
			f.words = fmt.Appendf(f.words, "module %q\n", rec.Name)
		case OpEnd:
			f.words = fmt.Appendf(f.words, "end, unchecked: %v\n", rec.Unchecked)
			return f, nil
		case OpEntry:
			if err := f.entry(r, &rec, cut); err != nil {
				return f, err
			}
		}
	}
}

func (f *file) entry(r *Reader, rec *Record, cut int) error {
	e := fileEntry{Entry: rec.Entry, database: rec.Database, t: rec.Type}
	e.Key = append([]byte{}, rec.Key...)
	f.words = fmt.Appendf(f.words, "%s %q", rec.Type, rec.Key)
	if rec.DeadlineMs != NoDeadline {
		f.words = fmt.Appendf(f.words, ", expires at %d", rec.DeadlineMs)
	}
	if rec.IdleSeconds != Unknown {
		f.words = append(f.words, ", idle time known"...)
	}
	if rec.Frequency != Unknown {
		f.words = append(f.words, ", frequency known"...)
	}
	raw, ok, err := r.AppendRaw(nil, cut)
	switch {
	case err != nil:
		return err
	case ok:
		e.raw = raw
		err = Decode(rec.Type, raw, &e.model)
	default:
		err = r.Value(&e.model)
	}
	if err == ErrEmpty {
		f.words = append(f.words, ", empty\n"...)
		return nil
	}
	if err != nil {
		return err
	}
	f.words = append(f.words, '\n')
	f.words = e.model.appendTo(f.words)
	f.entries = append(f.entries, e)
	return nil
}

// mustRead reads a file in which nothing is wrong.
func mustRead(t testing.TB, p []byte) *file {
	t.Helper()
	f, err := readAll(bytes.NewReader(p), ReadOptions{}, 0)
	require.NoError(t, err)
	return f
}
