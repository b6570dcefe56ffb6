package scripting

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/resp"
)

// noHost is the world of functions that do nothing to it.
type noHost struct{ Host }

func (noHost) Interrupted() error { return nil }

func (noHost) Failed(string, bool) {}

// outcome is what a function replies.
func outcome(t *testing.T, s *Libraries, name string) string {
	t.Helper()
	f := s.Find([]byte(name))
	require.NotNil(t, f)
	var reply resp.Writer
	s.Run(f, &Run{Host: noHost{}, Reply: &reply})
	text := ""
	for _, piece := range reply.Segments(nil, math.MaxInt) {
		text += string(piece)
	}
	return text
}

func never() error { return nil }

const counting = "#!lua name=a\nlocal n = 0\nredis.register_function('f', function() n = n + 1 return n end)"

// Libraries whose Lua state was thrown away are loaded anew when they are called; what they had kept is gone.
func TestLibrariesOfAnotherLife(t *testing.T) {
	s := NewLibraries(Options{Version: "7.0.15"})
	require.Zero(t, s.StateBytes())
	_, err := s.Load([]byte(counting), false, never)
	require.NoError(t, err)
	_, err = s.Load([]byte("#!lua name=b\nredis.register_function('g', function() return redis.REDIS_VERSION end)"), false, never)
	require.NoError(t, err)
	require.Equal(t, ":1\r\n", outcome(t, s, "f"))
	require.Equal(t, ":2\r\n", outcome(t, s, "F"))
	require.NotZero(t, s.StateBytes())
	s.home.(*home).machine.Renew()
	require.Equal(t, "$6\r\n7.0.15\r\n", outcome(t, s, "g"))
	require.Equal(t, ":1\r\n", outcome(t, s, "f"))
	require.Equal(t, ":2\r\n", outcome(t, s, "f"))
}

// Sets beside each other have one Lua state: what is joined goes on as it was.
func TestLibrariesBesideEachOther(t *testing.T) {
	s := NewLibraries(Options{Version: "7.0.15"})
	other := s.Beside()
	_, err := other.Load([]byte(counting), false, never)
	require.NoError(t, err)
	require.Equal(t, ":1\r\n", outcome(t, other, "f"))
	require.NoError(t, s.Join(other, false))
	require.Equal(t, ":2\r\n", outcome(t, s, "f"))
}

// A library whose code is interrupted isn't loaded, and says why, even if it catches errors.
func TestInterruptedLibraries(t *testing.T) {
	s := NewLibraries(Options{Version: "7.0.15"})
	for _, code := range []string{"while true do end", "local function f() return f() end f()", "redis.register_function('f', function() end) while true do end"} {
		_, err := s.Load([]byte("#!lua name=a\n"+code), false, func() error { return errors.New("enough") })
		require.EqualError(t, err, "Error registering functions: ERR enough")
		require.Empty(t, s.described())
	}
}
