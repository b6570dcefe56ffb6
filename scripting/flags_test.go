package scripting

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShebang(t *testing.T) {
	for _, test := range []struct {
		body    string
		flags   Flags
		length  int
		problem string
	}{
		{"return 1", Undeclared, 0, ""},
		{"", Undeclared, 0, ""},
		{" #!lua\n", Undeclared, 0, ""},
		{"#!lua\nreturn 1", 0, 5, ""},
		{"#!lua flags=\n", 0, 12, ""},
		{"#!lua flags=no-writes\n", NoWrites, 21, ""},
		{"#!lua  flags=no-writes,allow-oom  flags=allow-stale\n", NoWrites | AllowOOM | AllowStale, 51, ""},
		{"#!lua \"flags=no-cluster,allow-cross-slot-keys\"\n", NoCluster | AllowCrossSlot, 46, ""},
		{"#!lua", 0, 0, "Invalid script shebang"},
		{"#!lua\x00\n", 0, 0, "Invalid script shebang"},
		{"#!lua 'x\n", 0, 0, "Invalid engine in script shebang"},
		{"#!\n", 0, 0, "Unexpected engine in script shebang: #!"},
		{"#!js\n", 0, 0, "Unexpected engine in script shebang: #!js"},
		{"#!lua name=x\n", 0, 0, "Unknown lua shebang option: name=x"},
		{"#!lua flags=no-writes,\n", 0, 0, "Unexpected flag in script shebang: "},
		{"#!lua flags=nothing\n", 0, 0, "Unexpected flag in script shebang: nothing"},
	} {
		flags, length, err := Shebang([]byte(test.body))
		if test.problem != "" {
			require.EqualError(t, err, test.problem, "%q", test.body)
			continue
		}
		require.NoError(t, err, "%q", test.body)
		require.Equal(t, test.flags, flags, "%q", test.body)
		require.Equal(t, test.length, length, "%q", test.body)
	}
}

func FuzzShebang(f *testing.F) {
	f.Add([]byte("#!lua flags=no-writes,allow-oom\nreturn 1"))
	f.Add([]byte("#!lua 'a\\'b' \"\\x41\"\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		flags, length, err := Shebang(body)
		switch {
		case err != nil:
		case length == 0:
			require.Equal(t, Undeclared, flags)
		default:
			require.True(t, strings.HasPrefix(string(body), "#!lua"))
			require.Equal(t, byte('\n'), body[length])
			require.Less(t, flags, Undeclared)
		}
	})
}
