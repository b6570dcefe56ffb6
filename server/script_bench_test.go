package server

import (
	"testing"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// BenchmarkEval is EVALSHA in pipelines of 64, by one client: a script of one call, and one of a hundred.
func BenchmarkEval(b *testing.B) {
	for _, bench := range []struct{ name, script string }{
		{"one call", "return redis.call('INCR', KEYS[1])"},
		{"100 calls", "for i = 1, 100 do redis.call('INCR', KEYS[1]) end"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := startServer(b, nil).dial(b)
			sha := do(b, c, "SCRIPT", "LOAD", bench.script)[len("$40\r\n"):]
			var frames []byte
			const pipeline = 64
			for range pipeline {
				frames = append(frames, wire.Frame("EVALSHA", sha[:40], "1", "key:000000000001")...)
			}
			b.ReportAllocs()
			for i := 0; i < b.N; i += pipeline {
				if err := c.Send(frames); err != nil {
					b.Fatal(err)
				}
				for range pipeline {
					receive(b, c)
				}
			}
		})
	}
}
