package resp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAsPush(t *testing.T) {
	frame := AppendCommand(nil, []byte("message"), nil, []byte("a\r\nb"))
	require.Equal(t, "*3\r\n$7\r\nmessage\r\n$0\r\n\r\n$4\r\na\r\nb\r\n", string(frame))
	AsPush(frame)
	require.Equal(t, ">3\r\n$7\r\nmessage\r\n$0\r\n\r\n$4\r\na\r\nb\r\n", string(frame))
}

// Pushes of all sizes among replies, deferred lengths, muting and partial sending: the bytes are those, in their order, and all memory is given
// back in the end.
func TestPushFrameAmongReplies(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var w Writer
	var want, sent strings.Builder
	advance := func(n int) {
		for n > 0 && w.Len() > 0 {
			piece := w.Segments(nil, 1)[0]
			piece = piece[:min(n, len(piece))]
			sent.Write(piece)
			n -= len(piece)
			w.Advance(len(piece))
		}
	}
	for i := range 3000 {
		size := []int{1, 20, 100, 300, 1100, largePush - 1, largePush, 20_000}[random.IntN(8)]
		frame := fmt.Sprintf("%d:%s", i, strings.Repeat("x", size))
		switch random.IntN(6) {
		case 0, 1, 2:
			if size < largePush && random.IntN(2) == 0 {
				w.CopyFrame([]byte(frame))
			} else {
				w.PushFrame([]byte(frame))
			}
			want.WriteString(frame)
		case 3:
			w.Mute(true)
			w.Status("muted")
			w.PushFrame([]byte(frame))
			w.Mute(false)
			want.WriteString(frame)
		case 4:
			hole := w.Defer()
			w.Raw([]byte(frame))
			w.SetDeferredArray(hole, i)
			fmt.Fprintf(&want, "*%d\r\n%s", i, frame)
		case 5:
			advance(random.IntN(3 * size))
		}
	}
	advance(int(w.Len()))
	require.Equal(t, want.String(), sent.String())
	require.Zero(t, w.MemoryBytes())
	require.Zero(t, w.Len())
}

// One who is idle is sent a message without a buffer of its own, and one who is sent a few has a small one.
func TestPushFrameTakesLittle(t *testing.T) {
	var w Writer
	frame := AppendCommand(nil, []byte("message"), []byte("channel"), []byte("payload"))
	w.PushFrame(frame)
	require.EqualValues(t, segmentBytes+len(frame), w.MemoryBytes())
	require.Same(t, &frame[0], &w.Segments(nil, 1)[0][0], "shared")
	for range 5 {
		w.PushFrame(frame)
	}
	require.EqualValues(t, segmentBytes+smallBlockSize, w.MemoryBytes())
	require.Equal(t, strings.Repeat(string(frame), 6), string(w.Segments(nil, 1)[0]), "one piece")
	large := make([]byte, 10*largePush)
	w.PushFrame(large)
	require.Less(t, int(w.MemoryBytes()), 11*largePush)
	w.Reset()
	require.Zero(t, w.MemoryBytes())
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for range 5 {
			w.PushFrame(frame)
		}
		w.Reset()
	}))
}
