package conf

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// pairs makes Pairs of alternating names and values.
func pairs(words ...string) []Pair {
	var ps []Pair
	for i := 0; i < len(words); i += 2 {
		ps = append(ps, Pair{words[i], words[i+1]})
	}
	return ps
}

func TestGet(t *testing.T) {
	c := load(t, "--requirepass", "secret")
	require.Len(t, c.Get([]string{"*"}), 192)
	require.Equal(t, pairs("PORT", "6379"), c.Get([]string{"PORT", "port", "po?t"}))
	require.Equal(t, pairs("slaveof", "", "replicaof", ""), c.Get([]string{"slaveof", "*of"}))
	require.Equal(t, pairs("requirepass", "secret"), c.Get([]string{"REQUIRE*"}))
	require.Equal(t, pairs("key-load-delay", "0"), c.Get([]string{"key-load-d*", "key-load-delay"}))
	require.Empty(t, c.Get([]string{"rename-command", "include", "nothing"}))
	require.Empty(t, c.Get(nil))
}

func TestSet(t *testing.T) {
	c := New()
	require.NoError(t, c.Set(pairs("MaxMemory", "100mb", "slave-priority", "5", "save", "60 1", "bind", ""), Caller{}))
	require.Equal(t, []string{"104857600", "5", "60 1", ""},
		[]string{c.String("maxmemory"), c.String("replica-priority"), c.String("save"), c.String("bind")})
	require.NoError(t, c.Set(pairs("maxmemory-clients", "5%", "client-output-buffer-limit", "slave 1 2 3 normal 4k 5 6"), Caller{}))
	require.Equal(t, int64(-5), c.Int("maxmemory-clients"))
	require.Equal(t, "normal 4000 5 6 slave 1 2 3 pubsub 33554432 8388608 60", c.String("client-output-buffer-limit"))
	require.NoError(t, c.Set(pairs("maxmemory", "18446744073709551615"), Caller{}))
	require.Equal(t, "18446744073709551615", c.String("maxmemory"))
	require.Positive(t, c.Int("maxmemory"))
	require.NoError(t, c.Set(nil, Caller{}))
}

func TestSetErrors(t *testing.T) {
	for _, test := range []struct {
		pairs []Pair
		text  string
	}{
		{pairs("bar", "1"), "Unknown option or number of arguments for CONFIG SET - 'bar'"},
		{pairs("include", "x"), "Unknown option or number of arguments for CONFIG SET - 'include'"},
		{pairs("timeout", "1x", "Foo", "bar"), "Unknown option or number of arguments for CONFIG SET - 'Foo'"},
		{pairs("daemonize", "yes", "foo", "x"), "CONFIG SET failed (possibly related to argument 'daemonize') - can't set immutable config"},
		{pairs("DIR", "/"), "CONFIG SET failed (possibly related to argument 'DIR') - can't set protected config"},
		{pairs("timeout", "1", "TIMEOUT", "1"), "CONFIG SET failed (possibly related to argument 'TIMEOUT') - duplicate parameter"},
		{pairs("Maxmemory", "abc"), "CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"},
		{pairs("timeout", "5", "slave-priority", "a"), "CONFIG SET failed (possibly related to argument 'slave-priority') - argument couldn't be parsed into an integer"},
		{pairs("port", "65536"), "CONFIG SET failed (possibly related to argument 'port') - argument must be between 0 and 65535 inclusive"},
		{pairs("maxmemory-clients", "101%"), "CONFIG SET failed (possibly related to argument 'maxmemory-clients') - percentage argument must be less or equal to 100"},
	} {
		c := New()
		before := c.Get([]string{"*"})
		err := c.Set(test.pairs, Caller{Local: true})
		require.EqualError(t, err, test.text)
		require.Equal(t, before, c.Get([]string{"*"}))
	}
}

func TestProtectedDirectives(t *testing.T) {
	for _, test := range []struct {
		word          string
		local, remote bool
	}{{"no", false, false}, {"local", true, false}, {"yes", true, true}} {
		c := load(t, "--enable-protected-configs", test.word)
		require.Equal(t, test.remote, c.Set(pairs("dbfilename", "x"), Caller{}) == nil)
		require.Equal(t, test.local, c.Set(pairs("dbfilename", "x"), Caller{Local: true}) == nil)
		require.Equal(t, test.local, c.Allowed("enable-protected-configs", true))
	}
	c := load(t, "--enable-protected-configs", "yes")
	require.ErrorIs(t, c.Set(pairs("dir", "/"), Caller{Loading: true}), ErrLoading)
	require.EqualError(t, c.Set(pairs("dir", "/nowhere"), Caller{}),
		"CONFIG SET failed (possibly related to argument 'dir') - No such file or directory")
}

func TestHooks(t *testing.T) {
	c := New()
	var calls []string
	c.OnChange("port", func() error { calls = append(calls, "port "+c.String("port")); return nil })
	c.OnChange("slave-priority", func() error { calls = append(calls, "priority"); return nil })

	require.NoError(t, c.Set(pairs("port", "6379"), Caller{}))
	require.Empty(t, calls, "the same value is no change")
	require.NoError(t, c.Set(pairs("replica-priority", "1", "port", "7000", "slave-priority", "2"), Caller{}))
	require.Equal(t, []string{"priority", "port 7000"}, calls)
	require.Equal(t, int64(2), c.Int("replica-priority"))

	calls = nil
	require.Error(t, c.Set(pairs("port", "7001", "hz", "x"), Caller{}))
	require.Empty(t, calls, "nothing is applied when a value is bad")
	require.Equal(t, int64(7000), c.Int("port"))
}

func TestFailingHookRollsBack(t *testing.T) {
	c := New()
	var calls []string
	c.OnChange("timeout", func() error { calls = append(calls, "timeout "+c.String("timeout")); return nil })
	c.OnChange("port", func() error {
		calls = append(calls, "port "+c.String("port"))
		if c.Int("port") == 7000 {
			return errors.New("Unable to listen on this port. Check server logs.")
		}
		return errors.New("worse")
	})
	err := c.Set(pairs("timeout", "5", "port", "7000", "hz", "20"), Caller{})
	require.EqualError(t, err, "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.")
	var failed *SetError
	require.ErrorAs(t, err, &failed)
	require.EqualError(t, failed.Rollback, "worse")
	require.Equal(t, []string{"timeout 5", "port 7000", "timeout 0", "port 6379"}, calls)
	require.Equal(t, []string{"0", "6379", "10"}, []string{c.String("timeout"), c.String("port"), c.String("hz")})
}

func TestGettersPanicOnMistakes(t *testing.T) {
	c := New()
	require.Panics(t, func() { c.Int("no-such") })
	require.Panics(t, func() { c.Int("logfile") })
	require.Panics(t, func() { c.Bool("port") })
	require.Panics(t, func() { c.Words("port") })
	require.Panics(t, func() { c.OnChange("no-such", nil) })
}

func TestTypedGetters(t *testing.T) {
	c := New()
	require.True(t, c.Bool("protected-mode"))
	require.Equal(t, []string{"*", "-::*"}, c.Words("bind"))
	require.Equal(t, []string{"default"}, c.Words("shutdown-on-sigterm"))
	require.Equal(t, []string{"0", "200", "800"}, c.Words("oom-score-adj-values"))
	require.Equal(t, [3]int{0, 200, 800}, c.OOMScores())
	require.Equal(t, []float64{50, 99, 99.9}, c.Percentiles())
	require.Equal(t, defaultOutputLimits, c.OutputLimits())
	require.GreaterOrEqual(t, c.Int("io-threads"), int64(1))
	require.Equal(t, "noeviction", c.String("maxmemory-policy"))
}

func TestForce(t *testing.T) {
	c := New()
	c.OnChange("maxclients", func() error { return errors.New("not to be called") })
	require.NoError(t, c.Force("maxclients", "100"))
	require.NoError(t, c.Force("databases", "3"))
	require.Equal(t, []string{"100", "3"}, []string{c.String("maxclients"), c.String("databases")})
	require.Error(t, c.Force("databases", "0"))
	require.Error(t, c.Force("no-such", "0"))
	require.Equal(t, "3", c.String("databases"))
}
