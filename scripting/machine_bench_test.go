package scripting

import (
	"testing"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// echoHost answers each command with the same reply.
type echoHost struct{ reply []byte }

func (h *echoHost) Call([][]byte) []byte               { return h.reply }
func (h *echoHost) SetProtocol(int)                    {}
func (h *echoHost) SetReplication(Replication)         {}
func (h *echoHost) Allows([][]byte) (allowed, ok bool) { return true, true }
func (h *echoHost) Failed(string, bool)                {}
func (h *echoHost) Interrupted() error                 { return nil }

// BenchmarkRun is what a script costs without the server.
func BenchmarkRun(b *testing.B) {
	for name, body := range map[string]string{
		"nothing":   "return 1",
		"one call":  "return redis.call('GET', KEYS[1])",
		"100 calls": "for i = 1, 100 do redis.call('INCR', KEYS[1]) end",
	} {
		b.Run(name, func(b *testing.B) {
			s := NewScripts(Options{Version: "7.0.15"})
			script, err := s.Load([]byte(body))
			if err != nil {
				b.Fatal(err)
			}
			var w resp.Writer
			keys := [][]byte{[]byte("key:000000000001")}
			host := &echoHost{[]byte(":1\r\n")}
			b.ReportAllocs()
			for b.Loop() {
				s.Run(script, &Run{Host: host, Keys: keys, Reply: &w})
				w.Reset()
			}
		})
	}
}
