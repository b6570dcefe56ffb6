package server

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/oplog"
	"github.com/cinnabar-db/cinnabar/tests/wire"
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
	c.marks.watchingWrites = true // so that nobody tries to send it anything
	return &pipeline{loop: l, client: c}
}

// load makes what the client sends: words with the name of a random key, or a random number, in the place of "KEY".
func (p *pipeline) load(pieces int, words ...string) {
	random := rand.New(rand.NewPCG(1, 2))
	p.pieces = nil
	for range pieces {
		p.pieces = append(p.pieces, piece(random, words))
	}
}

func piece(random *rand.Rand, words []string) (frames []byte) {
	drawn := make([]string, len(words))
	for range pipelineDepth {
		for i, word := range words {
			drawn[i] = strings.Replace(word, "KEY", fmt.Sprintf("%012d", random.IntN(100_000)), 1)
		}
		frames = append(frames, wire.Frame(drawn...)...)
	}
	return frames
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
	{"set ex", nil, []string{"SET", "session:KEY", "VALUE-4567890123456789012345678901", "EX", "1000"}},
	{"mset", nil, []string{"MSET", "key:KEY", "VALUE-4567", "key:KEY", "VALUE-4567", "key:KEY", "VALUE-4567"}},
	{"expire", []string{"SET", "key:KEY", "VALUE-4567"}, []string{"EXPIRE", "key:KEY", "1000"}},
	{"exists", []string{"SET", "key:KEY", "VALUE-4567"}, []string{"EXISTS", "key:KEY"}},
	{"del", nil, []string{"DEL", "key:KEY"}},
	{"hget", []string{"HSET", "myhash", "element:KEY", "VALUE-4567"}, []string{"HGET", "myhash", "element:KEY"}},
	{"hset small", nil, []string{"HSET", "hash:KEY", "field", "KEY"}},
	{"hgetall", []string{"HSET", "hash:KEY", "field", "KEY", "other", "text"}, []string{"HGETALL", "hash:KEY"}},
	{"sismember", []string{"SADD", "myset", "element:KEY"}, []string{"SISMEMBER", "myset", "element:KEY"}},
	{"zadd", nil, []string{"ZADD", "scores", "KEY", "element:KEY"}},
	{"zincrby", []string{"ZADD", "scores", "KEY", "element:KEY"}, []string{"ZINCRBY", "scores", "1", "element:KEY"}},
	{"zscore", []string{"ZADD", "scores", "KEY", "element:KEY"}, []string{"ZSCORE", "scores", "element:KEY"}},
	{"zrank", []string{"ZADD", "scores", "KEY", "element:KEY"}, []string{"ZRANK", "scores", "element:KEY"}},
	{"zrange", []string{"ZADD", "scores", "KEY", "element:KEY"}, []string{"ZRANGE", "scores", "100", "109", "WITHSCORES"}},
	{"lrange", []string{"RPUSH", "long", "VALUE-4567890123456789012345678901"}, []string{"LRANGE", "long", "0", "99"}},
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

// What commands cost a server that is sent them through a socket, one round trip a pipeline; an operation is one command. `make profile` has it, with
// the one above, tell the compiler where servers spend their time.
func BenchmarkServed(b *testing.B) {
	const ends = "the end of the pipeline"
	for _, of := range pipelined {
		b.Run(of.name, func(b *testing.B) {
			s := startServer(b, nil)
			c := s.dial(b)
			random := rand.New(rand.NewPCG(1, 2))
			room := make([]byte, 1<<20)
			send := func(frames []byte) {
				_, err := c.Conn.Write(frames)
				require.NoError(b, err)
				for got := 0; !bytes.HasSuffix(room[:got], []byte(ends+"\r\n")); {
					n, err := c.Conn.Read(room[got:])
					require.NoError(b, err)
					got += n
				}
			}
			load := func(words []string) (pieces [][]byte) {
				for range 500 {
					pieces = append(pieces, append(piece(random, words), wire.Frame("ECHO", ends)...))
				}
				return pieces
			}
			if of.before != nil {
				for _, frames := range load(of.before) {
					send(frames)
				}
			}
			pieces := load(of.words)
			b.ResetTimer()
			for i := range b.N/pipelineDepth + 1 {
				send(pieces[i%len(pieces)])
			}
		})
	}
}
