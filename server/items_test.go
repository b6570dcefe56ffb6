package server

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/memcached"
	"github.com/cinnabar-db/cinnabar/server/transport"
)

// items makes the client one of memcached's protocol.
func (p *pipeline) items() { p.client.input = input{items: &itemInput{}} }

// loadItems is load for requests of memcached's text protocol.
func (p *pipeline) loadItems(pieces int, request string) {
	random := rand.New(rand.NewPCG(1, 2))
	p.pieces = nil
	for range pieces {
		var piece []byte
		for range pipelineDepth {
			piece = append(piece, strings.ReplaceAll(request, "KEY", fmt.Sprintf("%012d", random.IntN(100_000)))...)
		}
		p.pieces = append(p.pieces, piece)
	}
}

// itemRequests are what is sent in a pipeline, behind a set of the same keys.
var itemRequests = map[string]string{
	"get": "get key:KEY\r\n", "gets": "gets key:KEY\r\n", "set": itemSet,
	"mg": "mg key:KEY v f\r\n", "touch": "touch key:KEY 0\r\n", "incr": "incr counter 1\r\n",
}

const itemSet = "set key:KEY 16 0 32\r\nVALUE-45678901234567890123456789\r\n"

func newItems(t testing.TB, pieces int, request string) *pipeline {
	p := newPipeline(t)
	p.items()
	p.loadItems(pieces, itemSet)
	for i := range p.pieces {
		p.send(i)
	}
	p.loadItems(1, "set counter 0 0 1\r\n1\r\n")
	p.send(0)
	p.loadItems(pieces, request)
	for i := range p.pieces {
		p.send(i)
	}
	return p
}

func TestItemsAllocateNothing(t *testing.T) {
	if raceDetector {
		t.Skip("it allocates")
	}
	for name, request := range itemRequests {
		p := newItems(t, 8, request)
		i := 0
		allocated := testing.AllocsPerRun(200, func() {
			p.send(i)
			i++
		})
		require.Less(t, allocated, 2.0, "%s, %d requests", name, pipelineDepth)
	}
}

// deaf is a connection that nobody reads.
type deaf struct{ transport.Conn }

func (deaf) WatchReads(bool) {}

// What is not run now is cut and run again later, whatever was cut behind it.
func TestItemsThatWait(t *testing.T) {
	p := newPipeline(t)
	p.items()
	p.client.conn = deaf{}
	s, in := p.loop.server, &p.client.input
	sent := "set a 0 0 1\r\nx\r\ngets a\r\nset large 0 0 2000000\r\n" + strings.Repeat("y", 2000002) + "get a large\r\n"
	in.bytes = []byte(sent)
	require.True(t, s.gates.enterSection()) // somebody has the store
	p.loop.enqueue(p.client)
	require.True(t, p.client.runs())
	p.loop.settle()
	require.Equal(t, memcached.Framer{}, in.items.ran)
	require.Equal(t, in.items.ran, in.items.framer)
	require.Len(t, in.bytes, len(sent))
	s.gates.leaveSection()
	p.client.marks.stalled = false
	p.loop.enqueue(p.client)
	p.loop.settle()
	var got []byte
	for _, segment := range p.client.reply.Segments(nil, 1000) {
		got = append(got, segment...)
	}
	require.Regexp(t, "^STORED\r\nVALUE a 0 1 \\d+\r\nx\r\nEND\r\nSERVER_ERROR object too large for cache\r\nVALUE a 0 1\r\nx\r\nEND\r\n$", string(got))
	require.Equal(t, in.items.ran, in.items.framer)
}

// BenchmarkItems is BenchmarkPipeline for memcached's text protocol.
func BenchmarkItems(b *testing.B) {
	for name, request := range itemRequests {
		b.Run(name, func(b *testing.B) {
			p := newItems(b, 1000, request)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N/pipelineDepth + 1 {
				p.send(i)
			}
		})
	}
}
