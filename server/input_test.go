package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// A large command's buffer ends at the command's size or little above, wherever the pieces that it comes in end: its last bytes make it no
// larger.
func TestInputEndsAtTheCommandsSize(t *testing.T) {
	t.Parallel()
	const value = 4 << 20
	head := fmt.Sprintf("*5\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n", value)
	const tail = "\r\n$2\r\nEX\r\n$3\r\n100\r\n"
	size := len(head) + value + len(tail)
	frame := append(append(append(make([]byte, 0, size), head...), make([]byte, value)...), tail...)
	limits := resp.DefaultLimits()
	for _, missing := range []int{1, 2, 3, len(tail) - 2, len(tail) - 1, len(tail), 511, 512, 513, 5000} {
		var in input
		in.own, in.bytes = nil, frame[:100]
		came := 100
		for {
			took, want, problem := in.framer.Next(in.bytes, &limits)
			require.Nil(t, problem)
			if took == size {
				break
			}
			require.Zero(t, took)
			in.want = want
			in.keep()
			end := size
			if came < size-missing {
				end = size - missing
			}
			n := copy(in.room(), frame[came:min(end, came+readBytes)])
			require.Positive(t, n)
			in.took(n)
			came += n
		}
		require.LessOrEqual(t, cap(in.own), size+behindBytes, "with the last %d bytes apart", missing)
		require.True(t, in.give(in.own[len(head):len(head)+value]), "the value is copied")
	}
}
