package rdb

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// benchValues are values as they often are, by kind.
func benchValues() map[string]*model {
	random := rand.New(rand.NewPCG(13, 14))
	values := map[string]*model{"string": {kind: KindString, parts: []part{{text: "a session of a user, of some sixty bytes: 9f86d081884c7d65"}}}}
	for name, kind := range map[string]Kind{"list": KindList, "set": KindSet, "zset": KindSortedSet, "hash": KindHash} {
		m := &model{kind: kind}
		for i := range 100 {
			m.parts = append(m.parts, part{text: fmt.Sprintf("element:%d:%d", i, random.IntN(1000)), value: fmt.Sprint("value ", random.IntN(1000)),
				deadline: NoDeadline, score: float64(i) + 0.5})
		}
		values[name] = m
	}
	return values
}

// bytesElements makes iterations that allocate nothing.
func (m *model) benchElements() func(func(Element) bool) {
	texts := make([][]byte, len(m.parts))
	for i, p := range m.parts {
		texts[i] = []byte(p.text)
	}
	return func(yield func(Element) bool) {
		for _, text := range texts {
			if !yield(TextElement(text)) {
				return
			}
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, m := range benchValues() {
		for _, compress := range []bool{false, true} {
			for _, encoding := range []Encoding{Table, Listpack} {
				b.Run(fmt.Sprintf("%s/compress=%v/encoding=%d", name, compress, encoding), func(b *testing.B) { benchEncode(b, m, compress, encoding) })
			}
		}
	}
}

func benchEncode(b *testing.B, m *model, compress bool, encoding Encoding) {
	out, err := NewOutput(io.Discard, Options{Version: 11, Compress: compress, Checksum: true})
	if err != nil {
		b.Fatal(err)
	}
	e := out.NewEncoder()
	entry := NewEntry([]byte("some:key:12345"))
	elements := m.benchElements()
	b.ReportAllocs()
	for b.Loop() {
		switch m.kind {
		case KindString:
			for element := range elements {
				err = e.String(&entry, element)
			}
		case KindList:
			err = e.List(&entry, len(m.parts), elements)
		case KindSet:
			err = e.Set(&entry, encoding, len(m.parts), elements)
		case KindSortedSet:
			err = e.SortedSet(&entry, encoding, len(m.parts), func(yield func(Element, float64) bool) {
				score := 0.5
				for element := range elements {
					if score++; !yield(element, score) {
						return
					}
				}
			})
		case KindHash:
			err = e.Hash(&entry, encoding, len(m.parts), func(yield func(field, value Element, deadlineMs int64) bool) {
				for element := range elements {
					if !yield(element, IntElement(12345), NoDeadline) {
						return
					}
				}
			})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(out.Bytes() / int64(b.N))
}

func BenchmarkDecode(b *testing.B) {
	for name, m := range benchValues() {
		for _, encoding := range []Encoding{Table, Listpack} {
			b.Run(fmt.Sprintf("%s/encoding=%d", name, encoding), func(b *testing.B) {
				e, err := NewEncoder(Options{Version: 11, Compress: true})
				if err != nil {
					b.Fatal(err)
				}
				if err := m.write(e, nil, encoding); err != nil {
					b.Fatal(err)
				}
				value := e.Take()
				var d Decoder
				b.ReportAllocs()
				b.SetBytes(int64(len(value)))
				for b.Loop() {
					if err := d.Decode(Type(value[0]), value[1:], Check); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRead goes through a file of small strings, decoding them as they come or cutting them out.
func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	out, err := NewOutput(&file, Options{Version: 10, Checksum: true})
	if err != nil {
		b.Fatal(err)
	}
	e := out.NewEncoder()
	for i := range 100_000 {
		entry := NewEntry(fmt.Appendf(nil, "key:%d", i))
		if err := e.String(&entry, TextElement(fmt.Appendf(nil, "the value of key %d, of some forty bytes", i))); err != nil {
			b.Fatal(err)
		}
	}
	if e.Flush() != nil || out.End() != nil {
		b.Fatal(out.Err())
	}
	for _, raw := range []bool{false, true} {
		b.Run(fmt.Sprintf("raw=%v", raw), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(file.Len()))
			for b.Loop() {
				benchRead(b, file.Bytes(), raw)
			}
		})
	}
}

func benchRead(b *testing.B, p []byte, raw bool) {
	r, err := NewReader(bytes.NewReader(p), ReadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var room []byte
	for rec := (Record{}); rec.Op != OpEnd; {
		if err = r.Next(&rec); err != nil {
			b.Fatal(err)
		}
		switch {
		case rec.Op != OpEntry:
		case raw:
			room, _, err = r.AppendRaw(room[:0], 1<<16)
		default:
			err = r.Value(Check)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChecksum(b *testing.B) {
	p := make([]byte, pieceBytes)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		checksum(0, p)
	}
}

func BenchmarkJoinChecksums(b *testing.B) {
	for b.Loop() {
		joinChecksums(1, 2, pieceBytes+12345)
	}
}

func BenchmarkLZF(b *testing.B) {
	random := rand.New(rand.NewPCG(15, 16))
	noise := make([]byte, 8<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	var words []byte
	for len(words) < 8<<10 {
		words = fmt.Appendf(words, `{"id":%d,"name":"user %d","active":true},`, random.IntN(1e6), random.IntN(1000))
	}
	for name, p := range map[string][]byte{"noise": noise, "words": words, "short": words[:60]} {
		var z lzf
		out, _ := z.compress(nil, p, 2*len(p))
		b.Run("compress/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				z.compress(out[:0], p, 2*len(p))
			}
			b.ReportMetric(float64(len(out))/float64(len(p)), "ratio")
		})
		b.Run("expand/"+name, func(b *testing.B) {
			back := make([]byte, len(p))
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if err := lzfExpand(back, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
