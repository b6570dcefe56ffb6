package rope

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

func TestSizesOfStructures(t *testing.T) {
	require.Equal(t, ropeBytes, int(reflect.TypeFor[Rope]().Size()))
	require.Equal(t, nodeBytes, int(reflect.TypeFor[node]().Size()))
	require.Equal(t, chunkRef, int(reflect.TypeFor[chunk]().Size()))
}

func text(r *Rope) []byte {
	out := []byte{}
	r.Range(0, r.Len(), func(piece []byte) bool {
		out = append(out, piece...)
		return true
	})
	return out
}

// check walks the rope: every chunk but the last is full, and Bytes is what is there.
func check(t *testing.T, r *Rope) {
	live, size := int64(ropeBytes), 0
	for i, n := range r.nodes {
		live += nodeBytes + 8
		require.True(t, i == len(r.nodes)-1 || len(n.chunks) == nodeChunks)
		for j := range n.chunks {
			c := &n.chunks[j]
			live += chunkRef
			if c.written() {
				live += int64(len(c.bytes))
			}
			size += len(c.bytes)
			require.True(t, len(c.bytes) == ChunkBytes || size == r.size)
			require.LessOrEqual(t, cap(c.bytes), ChunkBytes)
		}
	}
	require.Equal(t, r.size, size)
	require.Equal(t, live, r.Bytes())
	require.Equal(t, make([]byte, ChunkBytes), zeros[:], "nobody writes to the common zeros")
}

// Random writes to ropes and to plain slices end alike, with views and shared copies opened and dropped at random.
func TestModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	type pair struct {
		rope *Rope
		want []byte
	}
	type view struct {
		pair
		at uint64
	}
	space := &page.Space{}
	first := bytes.Repeat([]byte{7}, 3*ChunkBytes+5)
	live := []*pair{{New(space), nil}, {Adopt(space, slices.Clone(first)), first}}
	var views []view
	for range 600 {
		p := live[random.IntN(len(live))]
		data := bytes.Repeat([]byte{byte(random.IntN(256))}, []int{0, 1, 100, ChunkBytes - 1, ChunkBytes, 2*ChunkBytes + 3}[random.IntN(6)])
		switch what := random.IntN(20); {
		case what == 0 && len(views) < 3:
			views = append(views, view{pair{p.rope, slices.Clone(p.want)}, space.Open()})
		case what == 1 && len(views) > 0:
			i := random.IntN(len(views))
			require.True(t, bytes.Equal(views[i].want, text(views[i].rope)))
			space.Close(views[i].at)
			views = slices.Delete(views, i, i+1)
		case what == 2 && len(live) < 4:
			p.rope = p.rope.Own(space)
			live = append(live, &pair{p.rope.Share(space), slices.Clone(p.want)})
		case what == 3 && len(live) > 2:
			live = live[1:]
		case what < 12:
			at := random.IntN(len(p.want) + 2*ChunkBytes)
			p.rope = p.rope.Own(space)
			p.rope.WriteAt(space, at, data)
			if grow := at + len(data) - len(p.want); grow > 0 {
				p.want = append(p.want, make([]byte, grow)...)
			}
			copy(p.want[at:], data)
		default:
			p.rope = p.rope.Own(space)
			p.rope.Append(space, data)
			p.want = append(p.want, data...)
		}
		if len(p.want) > 40*ChunkBytes {
			*p = pair{New(space), nil}
		}
		require.True(t, bytes.Equal(p.want, text(p.rope)))
		check(t, p.rope)
	}
}

// A part of the string is given without what lies around it.
func TestRange(t *testing.T) {
	space := &page.Space{}
	value := make([]byte, 3*ChunkBytes+10)
	for i := range value {
		value[i] = byte(i % 251)
	}
	r := Adopt(space, slices.Clone(value))
	for _, span := range [][2]int{{0, 0}, {0, 1}, {ChunkBytes - 1, ChunkBytes + 1}, {5, 3*ChunkBytes + 7}, {3*ChunkBytes + 9, 1 << 40}, {1 << 40, 2 << 40}} {
		var got []byte
		r.Range(span[0], span[1], func(piece []byte) bool {
			got = append(got, piece...)
			return true
		})
		require.True(t, bytes.Equal(value[min(span[0], len(value)):min(span[1], len(value))], got), "%v", span)
	}
}

// A change of a long string copies a chunk while a view is open, and nothing otherwise.
func TestChangesCopyChunksOnlyForViews(t *testing.T) {
	space := &page.Space{}
	r := Adopt(space, make([]byte, 100<<20))
	require.Zero(t, testing.AllocsPerRun(10, func() {
		r = r.Own(space)
		r.WriteAt(space, 50<<20, []byte("x"))
	}))
	at := space.Open()
	r = r.Own(space)
	r.WriteAt(space, 50<<20, []byte("y"))
	require.Equal(t, int64(ChunkBytes), space.DisplacedBytes())
	r = r.Own(space)
	r.WriteAt(space, 50<<20+1, []byte("y"))
	require.Equal(t, int64(ChunkBytes), space.DisplacedBytes(), "once a chunk")
	space.Close(at)
}

// What was never written costs nothing but its place in a node.
func TestZerosAreShared(t *testing.T) {
	space := &page.Space{}
	r := New(space)
	r.WriteAt(space, 512<<20-1, []byte{1})
	require.Equal(t, 512<<20, r.Len())
	require.Less(t, r.Bytes(), int64(ChunkBytes+8192*chunkRef+4096))
	check(t, r)
}

func BenchmarkAppend100Bytes(b *testing.B) {
	space := &page.Space{}
	r, data := New(space), make([]byte, 100)
	for b.Loop() {
		r.Append(space, data)
	}
}

func BenchmarkWriteAt(b *testing.B) {
	space := &page.Space{}
	r := Adopt(space, make([]byte, 100<<20))
	for i := 0; b.Loop(); i++ {
		r.WriteAt(space, i*4099%(99<<20), []byte("0123456789"))
	}
	b.ReportAllocs()
}
