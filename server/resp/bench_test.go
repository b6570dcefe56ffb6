package resp

import (
	"fmt"
	"testing"

	"github.com/tidwall/redcon"
)

var benchFrames = []struct {
	name  string
	frame []byte
}{
	{"PING", AppendCommand(nil, []byte("PING"))},
	{"GET", AppendCommand(nil, []byte("GET"), []byte("key:000000000001"))},
	{"SET", AppendCommand(nil, []byte("SET"), []byte("key:000000000001"), make([]byte, 32))},
	{"MSET10", AppendCommand(nil, manyWords(21)...)},
	{"inline", []byte("SET key:000000000001 abcdefgh\r\n")},
}

func manyWords(n int) [][]byte {
	var words [][]byte
	for i := range n {
		words = append(words, fmt.Appendf(nil, "word:%011d", i))
	}
	return words
}

// BenchmarkNext is the check alone.
func BenchmarkNext(b *testing.B) {
	lim := DefaultLimits()
	for _, c := range benchFrames {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var f Framer
			for b.Loop() {
				f.Next(c.frame, &lim)
			}
		})
	}
}

// BenchmarkShort is check and cut in one walk for frames of few, short words.
func BenchmarkShort(b *testing.B) {
	lim := DefaultLimits()
	for _, c := range benchFrames[:3] {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var f Framer
			var args [][]byte
			for b.Loop() {
				_, args = f.Short(c.frame, &lim, args[:0])
			}
		})
	}
}

// BenchmarkArgs is the second reading, by redcon for multi-bulk.
func BenchmarkArgs(b *testing.B) {
	for _, c := range benchFrames {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var args [][]byte
			for b.Loop() {
				args, _ = Args(c.frame, args[:0])
			}
		})
	}
}

// BenchmarkReadNextCommand is redcon's share of BenchmarkArgs.
func BenchmarkReadNextCommand(b *testing.B) {
	for _, c := range benchFrames {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var args [][]byte
			for b.Loop() {
				_, args, _, _, _ = redcon.ReadNextCommand(c.frame, args[:0])
			}
		})
	}
}

func BenchmarkReply(b *testing.B) {
	value := make([]byte, 32)
	large := make([]byte, 1<<20)
	for _, c := range []struct {
		name  string
		write func(w *Writer)
	}{
		{"OK", func(w *Writer) { w.OK() }},
		{"Int", func(w *Writer) { w.Int(1234567) }},
		{"Bulk32", func(w *Writer) { w.Bulk(value) }},
		{"Null", func(w *Writer) { w.Null() }},
		{"Double", func(w *Writer) { w.Double(1234.5) }},
		{"Deferred", func(w *Writer) { d := w.Defer(); w.Int(1); w.SetDeferredArray(d, 1) }},
		{"Bulk1MB", func(w *Writer) { w.Bulk(large) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var w Writer
			for b.Loop() {
				c.write(&w)
				if w.Len() > 8<<10 {
					w.Advance(int(w.Len()))
				}
			}
		})
	}
	b.Run("idle/OK and drain", func(b *testing.B) {
		b.ReportAllocs()
		var w Writer
		for b.Loop() {
			w.OK()
			w.Advance(int(w.Len()))
		}
	})
}
