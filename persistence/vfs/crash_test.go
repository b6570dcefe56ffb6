package vfs

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const ends = 300 // seeds tried for each state

func append1(t *testing.T, m *Memory, name, text string) File {
	t.Helper()
	f, err := m.Append(name)
	require.NoError(t, err)
	_, err = f.Write([]byte(text))
	require.NoError(t, err)
	return f
}

func TestCrashKeepsWhatWasSynced(t *testing.T) {
	m := NewMemory()
	f := append1(t, m, "a", "synced")
	require.NoError(t, f.Sync())
	_, err := m.Crash(0).Stat("a")
	require.Error(t, err, "the name wasn't synced")
	require.NoError(t, m.SyncDir("."))
	require.Equal(t, "synced", content(t, m.Crash(0), "a"))
	_, err = f.Write([]byte("tail"))
	require.NoError(t, err)
	require.Equal(t, "synced", content(t, m.Crash(0), "a"))

	seen := map[string]bool{}
	for seed := range uint64(ends) {
		text := content(t, m.Crash(seed), "a")
		seen[text] = true
		require.True(t, strings.HasPrefix(text, "synced"))
		rest := text[len("synced"):]
		torn := strings.TrimRight(rest, "\x00")
		require.True(t, strings.HasPrefix("tail", torn) && len(rest) <= 4, "%q", text)
	}
	require.True(t, seen["synced"] && seen["syncedtail"] && seen["syncedta"] && seen["syncedt\x00\x00\x00"] && seen["synced\x00\x00"])
	require.Equal(t, "syncedtail", content(t, m, "a"), "the original goes on")
}

func TestCrashUndoesTruncation(t *testing.T) {
	m := NewMemory()
	f := append1(t, m, "a", "abcdef")
	require.NoError(t, f.Sync())
	require.NoError(t, m.SyncDir("."))
	require.NoError(t, f.Truncate(2))
	_, err := f.Write([]byte("xy"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for seed := range uint64(ends) {
		seen[content(t, m.Crash(seed), "a")] = true
	}
	require.True(t, seen["abcdef"] && seen["ab"] && seen["abxy"])
	require.NoError(t, f.Sync())
	for seed := range uint64(ends) {
		require.Equal(t, "abxy", content(t, m.Crash(seed), "a"))
	}
}

func TestCrashBetweenNames(t *testing.T) {
	m := NewMemory()
	require.NoError(t, m.Mkdir("d"))
	require.NoError(t, m.SyncDir("/"))
	for _, name := range []string{"old", "new"} {
		require.NoError(t, append1(t, m, name, name).Sync())
	}
	require.NoError(t, m.SyncDir("/"))
	require.NoError(t, m.Rename("new", "d/old"))
	require.NoError(t, m.Remove("old"))
	seen := map[string]bool{}
	for seed := range uint64(ends) {
		seen[m.Crash(seed).String()] = true
	}
	file := func(name string) string { return fmt.Sprintf("%s 3 bytes, 3 synced\n", name) }
	require.Len(t, seen, 4)
	require.True(t, seen["d/\n"+file("new")+file("old")], "nothing has happened")
	require.True(t, seen["d/\n"+file("d/old")+file("old")], "the first change has")
	require.True(t, seen["d/\n"+file("new")], "the second one has")
	require.True(t, seen["d/\n"+file("d/old")], "all has")

	require.NoError(t, m.SyncDir("d"))
	for seed := range uint64(ends) {
		require.Equal(t, "new", content(t, m.Crash(seed), "d/old"), "a rename is durable with either folder")
	}
}

func TestFailedSyncLoses(t *testing.T) {
	m := NewMemory()
	broken := NewFailing(m, Rule{Op: Syncs, First: 2, Count: 1, Err: errors.New("broken"), Loses: true})
	f, err := broken.Create("a")
	require.NoError(t, err)
	require.NoError(t, m.SyncDir("/"))
	for i, text := range []string{"one", "two", "six"} {
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, i == 1, f.Sync() != nil)
	}
	require.Equal(t, "onetwosix", content(t, m, "a"), "programs still see it")
	require.Equal(t, "one\x00\x00\x00six", content(t, m.Crash(0), "a"))
	require.NoError(t, f.Truncate(3))
	_, err = f.Write([]byte("ten"))
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	for seed := range uint64(ends) {
		require.Equal(t, "oneten", content(t, m.Crash(seed), "a"), "what is written anew is safe")
	}
}
