package rdb

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var someLibraries = [][]byte{
	[]byte("#!lua name=a\nredis.register_function('a', function() return 1 end)"), []byte("12"), {},
	[]byte("#!lua name=b\n" + strings.Repeat("-- long\n", 10_000)),
}

func TestLibrariesThereAndBack(t *testing.T) {
	for _, compress := range []bool{false, true} {
		payload := DumpLibraries(someLibraries, Options{Version: 10, Compress: compress})
		codes, err := OpenLibraries(payload, NewestVersion, false)
		require.NoError(t, err)
		require.Len(t, codes, len(someLibraries))
		for i, code := range codes {
			require.Equal(t, string(someLibraries[i]), string(code))
		}
	}
	codes, err := OpenLibraries(DumpLibraries(nil, Options{Version: 10}), 10, false)
	require.NoError(t, err)
	require.Empty(t, codes)
}

func TestOldLibraries(t *testing.T) {
	const code = "redis.register_function('f', function() end)"
	file := func(text string) []byte {
		return AppendDump([]byte("\xf6\x01n\x03LUA"+text), 10)
	}
	for _, described := range []string{"\x00", "\x01\x04what"} {
		codes, err := OpenLibraries(file(described+"\x2c"+code), 10, false)
		require.NoError(t, err)
		require.Equal(t, [][]byte{[]byte("#!LUA name=n\n" + code)}, codes)
	}
	for text, want := range map[string]string{
		"\xff": "Failed loading library description indicator", "\x01\x39x": "Failed loading library description", "\x00\x39x": "Failed loading library blob",
	} {
		_, err := OpenLibraries(file(text), 10, false)
		var fault *LibraryError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, want, fault.Text)
	}
}

func TestLibrariesThatAreNone(t *testing.T) {
	good := DumpLibraries(someLibraries[:1], Options{Version: 10})
	for _, c := range []struct {
		payload []byte
		err     error
		before  int
	}{
		{nil, ErrDumpChecksum, 0},
		{[]byte("bad_payload"), ErrDumpVersion, 0},
		{append([]byte("x"), good...), ErrDumpChecksum, 0},
		{DumpLibraries(nil, Options{Version: 13}), ErrDumpVersion, 0},
		{AppendDump([]byte("\x00\x01v"), 10), ErrNoLibrary, 0},
		{AppendDump([]byte("\xf5\x01v\xff"), 10), ErrNoLibrary, 1},
		{AppendDump([]byte("\xf5\x01v\xf5\x22w"), 10), io.ErrUnexpectedEOF, 1},
		{AppendDump([]byte("\xf5\x22"), 10), io.ErrUnexpectedEOF, 0},
	} {
		codes, err := OpenLibraries(c.payload, NewestVersion, false)
		require.ErrorIs(t, err, c.err, "%q", c.payload)
		require.Len(t, codes, c.before)
	}
	spoiled := bytes.Clone(good)
	spoiled[len(spoiled)-1]++
	_, err := OpenLibraries(spoiled, 10, true)
	require.NoError(t, err)
}

// FuzzLibraries: whatever the payload, libraries or an error come of it; and what comes is the same when it is written and read again.
func FuzzLibraries(f *testing.F) {
	f.Add(DumpLibraries(someLibraries, Options{Version: 10, Compress: true}))
	f.Add(AppendDump([]byte("\xf6\x01n\x03LUA\x01\x01d\x04code"), 10))
	f.Fuzz(func(t *testing.T, payload []byte) {
		codes, err := OpenLibraries(payload, NewestVersion, true)
		if err != nil {
			return
		}
		again, err := OpenLibraries(DumpLibraries(codes, Options{Version: 10, Compress: true}), 10, false)
		require.NoError(t, err)
		require.Len(t, again, len(codes))
		for i := range codes {
			require.True(t, bytes.Equal(codes[i], again[i]))
		}
	})
}
