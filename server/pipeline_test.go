package server

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// pipeline runs commands in a server's loop without sockets: what a command costs between the two system calls.
type pipeline struct {
	loop   *loop
	client *client
	// pieces are what the client sends, pipelineDepth commands each.
	pieces [][]byte
}

// pipelineDepth is how many commands the client sends at once: what a batch takes.
const pipelineDepth = holdCommands

func newPipeline(t testing.TB) *pipeline {
	config, err := conf.Load([]string{"--io-threads", "1", "--slowlog-log-slower-than", "-1"}, nil)
	require.NoError(t, err)
	s, err := newServer(config, oplog.New(io.Discard, oplog.LevelWarning))
	require.NoError(t, err)
	l := s.loops[0]
	t.Cleanup(l.poller.Close)
	c := &client{id: 1, loop: l, session: session{user: "default", authenticated: true}}
	c.call = commands.Call{Reply: &c.reply, Client: c, Keys: &l.batch.keys}
	return &pipeline{loop: l, client: c}
}

// load makes what the client sends: words with the name of a random key, or a random number, in the place of "KEY".
func (p *pipeline) load(pieces int, words ...string) {
	random := rand.New(rand.NewPCG(1, 2))
	p.pieces = nil
	for range pieces {
		var piece []byte
		for range pipelineDepth {
			piece = fmt.Appendf(piece, "*%d\r\n", len(words))
			for _, word := range words {
				word = strings.Replace(word, "KEY", fmt.Sprintf("%012d", random.IntN(100_000)), 1)
				piece = fmt.Appendf(piece, "$%d\r\n%s\r\n", len(word), word)
			}
		}
		p.pieces = append(p.pieces, piece)
	}
}

// send runs one piece.
func (p *pipeline) send(i int) {
	p.client.input.bytes = p.pieces[i%len(p.pieces)]
	p.loop.enqueue(p.client)
	p.loop.settle()
	p.client.reply.Reset()
	p.loop.flushes, p.client.marks.flushing = p.loop.flushes[:0], false
}

// pipelined are commands with what is sent before, to have something that they work on.
var pipelined = []struct {
	name          string
	before, words []string
}{
	{"lpush", nil, []string{"LPUSH", "mylist", "VALUE-4567890123456789012345678901"}},
	{"rpop", []string{"LPUSH", "mylist", "VALUE-4567890123456789012345678901"}, []string{"RPOP", "mylist"}},
	{"lpop", []string{"LPUSH", "mylist", "VALUE-4567890123456789012345678901"}, []string{"LPOP", "mylist"}},
	{"spop", nil, []string{"SPOP", "myset"}},
	{"zpopmin", nil, []string{"ZPOPMIN", "myzset"}},
	{"set", []string{"SET", "key:KEY", "VALUE-4567890123456789012345678901"}, []string{"SET", "key:KEY", "VALUE-4567890123456789012345678901"}},
	{"get", []string{"SET", "key:KEY", "VALUE-4567890123456789012345678901"}, []string{"GET", "key:KEY"}},
	{"incr", []string{"INCR", "counter:KEY"}, []string{"INCR", "counter:KEY"}},
	{"sadd", []string{"SADD", "myset", "element:KEY"}, []string{"SADD", "myset", "element:KEY"}},
	{"hset", []string{"HSET", "myhash", "element:KEY", "VALUE-4567890123456789012345678901"},
		[]string{"HSET", "myhash", "element:KEY", "VALUE-4567890123456789012345678901"}},
	{"ping", nil, []string{"PING"}},
}

// What commands cost that come in pipelines; an operation is one command.
func BenchmarkPipeline(b *testing.B) {
	for _, of := range pipelined {
		b.Run(of.name, func(b *testing.B) {
			p := newPipeline(b)
			const pieces = 2000
			if of.before != nil {
				p.load(pieces, of.before...)
				for i := range max(pieces, b.N/pipelineDepth+1) {
					p.send(i)
				}
			}
			p.load(pieces, of.words...)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N/pipelineDepth + 1 {
				p.send(i)
			}
		})
	}
}
