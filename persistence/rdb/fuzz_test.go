package rdb

import (
	"bytes"
	"strings"
	"testing"
)

// maxFuzzed bounds an input, so that a fuzzing process goes through many.
const maxFuzzed = 1 << 16

// FuzzReader reads files: as a stream and with values cut out first, which must say the same.
func FuzzReader(f *testing.F) {
	for _, p := range goldenFiles(f) {
		if len(p) < 4000 {
			f.Add(p)
		}
	}
	f.Add([]byte("VALKEY080\x16\x01k\x01\x01f\x01v\xe8\x03\x00\x00\x00\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) > maxFuzzed {
			return
		}
		stream, err := readAll(bytes.NewReader(p), ReadOptions{SkipChecksum: true}, 0)
		cut, cutErr := readAll(bytes.NewReader(p), ReadOptions{SkipChecksum: true}, 500)
		if (err == nil) != (cutErr == nil) {
			t.Fatalf("as a stream: %v, cut out: %v", err, cutErr)
		}
		if err == nil && !bytes.Equal(stream.words, cut.words) {
			t.Fatalf("as a stream:\n%s\ncut out:\n%s", stream.words, cut.words)
		}
	})
}

// FuzzDecode decodes values, and writes anew what it got: that must be read as the same.
func FuzzDecode(f *testing.F) {
	for path, p := range goldenFiles(f) {
		if brokenGolden[path] != "" {
			continue
		}
		file, err := readAll(bytes.NewReader(p), ReadOptions{}, 300)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range file.entries {
			if e.raw != nil {
				f.Add(uint8(e.t), e.raw)
			}
		}
	}
	for _, v := range prerelease {
		f.Add(uint8(v.t), []byte(v.raw))
	}
	f.Fuzz(func(t *testing.T, typ uint8, raw []byte) {
		var m model
		if len(raw) > maxFuzzed || Decode(Type(typ), raw, &m) != nil {
			return
		}
		window := over(raw)
		if n, err := extent(&window, Type(typ), len(raw)); err != nil || n != len(raw) {
			t.Fatalf("%s of %d bytes was decoded, but its end is seen at %d: %v", Type(typ), len(raw), n, err)
		}
		e, err := NewEncoder(Options{Version: NewestVersion, Compress: len(raw)%2 == 0})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range m.parts {
			if p.deadline < NoDeadline {
				return // read, but never written
			}
		}
		for _, encoding := range []Encoding{Table, Listpack, Intset} {
			if err := m.write(e, nil, encoding); err != nil {
				t.Fatal(err)
			}
			again := e.Take()
			var back model
			if err := Decode(Type(again[0]), again[1:], &back); err != nil {
				t.Fatalf("%x: %v", again, err)
			}
			if a, b := m.appendTo(nil), back.appendTo(nil); m.kind != KindSet && m.kind != KindHash && m.kind != KindSortedSet && !bytes.Equal(a, b) {
				t.Fatalf("it was\n%s\nand came back as\n%s", a, b)
			}
			if len(back.parts) != len(m.parts) {
				t.Fatalf("%d elements became %d", len(m.parts), len(back.parts))
			}
		}
	})
}

// FuzzLZF expands what may be anything, and compresses it.
func FuzzLZF(f *testing.F) {
	f.Add([]byte("\x00a\xe0\x00\x00"), uint16(10))
	f.Add(bytes.Repeat([]byte("abc"), 100), uint16(1000))
	f.Fuzz(func(t *testing.T, p []byte, size uint16) {
		_ = lzfExpand(make([]byte, size), p)
		var z lzf
		out, ok := z.compress(nil, p, len(p))
		if !ok {
			return
		}
		back := make([]byte, len(p))
		if err := lzfExpand(back, out); err != nil || !bytes.Equal(back, p) {
			t.Fatalf("%x was compressed to %x and comes back as %x: %v", p, out, back, err)
		}
	})
}

// FuzzListpack reads listpacks; what is written of their elements is read as the same.
func FuzzListpack(f *testing.F) {
	f.Add([]byte("\x0b\x00\x00\x00\x02\x00\x05\x01\x81a\x02\xff"))
	f.Add([]byte(prerelease[1].raw[1:]))
	f.Fuzz(func(t *testing.T, p []byte) {
		texts, err := gathered(eachOfListpack, p)
		if err != nil {
			return
		}
		again := beginListpack(nil)
		for _, text := range texts {
			e := TextElement([]byte(text))
			again = appendElement(again, &e)
		}
		back, err := gathered(eachOfListpack, endListpack(again, 0, len(texts)))
		if err != nil || len(back) != len(texts) {
			t.Fatal(err, len(back), len(texts))
		}
		for i := range texts {
			if back[i] != texts[i] {
				t.Fatalf("%q became %q", texts[i], back[i])
			}
		}
	})
}

// FuzzZiplist reads the forms that are no longer written.
func FuzzZiplist(f *testing.F) {
	f.Add([]byte("\x0f\x00\x00\x00\x0c\x00\x00\x00\x02\x00\x00\xf3\x02\xf6\xff"))
	f.Add([]byte("\x02\x03foo\x03\x02bar..\xfe\x05\x00\x00\x00hello\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, p []byte) {
		_, _ = gathered(eachOfZiplist, p)
		_, _ = gathered(eachOfZipmap, p)
		_ = eachOfIntset(p, Check)
	})
}

// FuzzChecker checks files: what it finds good is read, but for what a server of its own refuses or never wrote.
func FuzzChecker(f *testing.F) {
	for _, p := range goldenFiles(f) {
		if len(p) < 4000 {
			f.Add(p)
		}
	}
	f.Add(hand("REDIS0010", "\x00\x01k\xc3\x05\x0b\x00a\xe0\x01\x00"))
	f.Add(hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("1", "0", "1", "field", "0", "2", "0", "0", "value", "4")+"\x01\x01\x01\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		if len(p) > maxFuzzed {
			return
		}
		said, end, ok := checked(p, false)
		if end > int64(len(p)) || strings.Contains(said, detected) == ok {
			t.Fatalf("good: %v, to %d of %d bytes:\n%s", ok, end, len(p), said)
		}
		if !ok {
			return
		}
		r, err := NewReader(bytes.NewReader(p), ReadOptions{})
		for rec := (Record{}); err == nil && rec.Op != OpEnd; {
			if err = r.Next(&rec); err == nil && rec.Op == OpEntry {
				if rec.Type.Kind() == KindModule {
					err = r.Skip()
				} else {
					err = r.Value(Check)
				}
			}
		}
		if err != nil && !strings.Contains(err.Error(), "database") {
			t.Fatalf("%v\n%s", err, said)
		}
	})
}
