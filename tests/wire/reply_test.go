package wire

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRepliesKeepTheirBytes(t *testing.T) {
	for _, raw := range []string{
		"+OK\r\n", "-ERR no\r\n", ":-12\r\n", "$0\r\n\r\n", "$4\r\na\r\nb\r\n", "$-1\r\n", "*-1\r\n", "_\r\n", ",1.5\r\n", "#t\r\n",
		"(123456789012345678901234567890\r\n", "!5\r\nERR x\r\n", "=7\r\ntxt:abc\r\n", "*0\r\n", "*2\r\n:1\r\n*1\r\n+x\r\n",
		"%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n", "~1\r\n$1\r\nx\r\n", ">2\r\n+message\r\n+x\r\n", "|1\r\n+ttl\r\n:5\r\n*1\r\n:1\r\n",
	} {
		reader := bufio.NewReader(strings.NewReader(raw + "+next\r\n"))
		reply, err := ReadReply(reader)
		require.NoError(t, err, "%q", raw)
		require.Equal(t, raw, string(reply.Raw))
		next, err := ReadReply(reader)
		require.NoError(t, err)
		require.Equal(t, "next", next.Text, "after %q", raw)
	}
}

func TestWhatIsNoReply(t *testing.T) {
	for _, raw := range []string{
		"", "+OK", "+OK\n", "\r\n", "x\r\n", "$-2\r\n", "$x\r\n", "$3\r\nabcde\r\n", "*-2\r\n", "%-1\r\n", "*1\r\n", "*99999999999\r\n",
		strings.Repeat("*1\r\n", maxDepth+2) + ":1\r\n",
	} {
		_, err := ReadReply(bufio.NewReader(strings.NewReader(raw)))
		require.Error(t, err, "%q", raw)
	}
}
