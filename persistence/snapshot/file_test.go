package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// saveText writes a file of several pieces.
func saveText(system vfs.FS, text string) error {
	f := File{System: system, Dir: "/", Name: "dump.rdb", Temporary: "temp-7.rdb", SyncEvery: 4}
	return f.Write(func(w io.Writer) error {
		for i := range len(text) {
			if _, err := io.WriteString(w, text[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestFileIsOldOrNew has every operation fail in turn, and cuts the power after each: the file is the old one or the new one, and if Write
// said that it is there, the new one.
func TestFileIsOldOrNew(t *testing.T) {
	const before, after = "the file before", "and the one that takes its place"
	for _, short := range []int{0, 1} {
		for n := 1; ; n++ {
			memory := vfs.NewMemory()
			require.NoError(t, saveText(memory, before))
			failing := vfs.NewFailing(memory, vfs.Rule{Op: vfs.AnyOp, First: n, Count: 1, Err: syscall.EIO, Short: short})
			err := saveText(failing, after)
			for seed := range uint64(20) {
				text, readErr := vfs.ReadFile(memory.Crash(seed), "/dump.rdb")
				require.NoError(t, readErr)
				if err == nil {
					require.Equal(t, after, string(text))
				} else {
					require.Contains(t, []string{before, after}, string(text), "seed %d, operation %d: %s", seed, n, err)
				}
			}
			if err == nil {
				require.Greater(t, n, 40, "every byte is a write of its own")
				break
			}
			require.ErrorIs(t, err, syscall.EIO)
			_, err = memory.Stat("/temp-7.rdb")
			require.ErrorIs(t, err, fs.ErrNotExist, "operation %d", n)
		}
	}
}

// TestFileFullDisk leaves the old file at any shortage of room.
func TestFileFullDisk(t *testing.T) {
	const text = "0123456789"
	for room := range len(text) {
		memory := vfs.NewMemory()
		require.NoError(t, saveText(memory, "before"))
		failing := vfs.NewFailing(memory)
		failing.Limit(room)
		err := saveText(failing, text)
		require.ErrorIs(t, err, syscall.ENOSPC, fmt.Sprint(room))
		old, err := vfs.ReadFile(memory.Crash(0), "/dump.rdb")
		require.NoError(t, err)
		require.Equal(t, "before", string(old))
	}
}

// TestFileGivenUp asks right before the rename.
func TestFileGivenUp(t *testing.T) {
	memory := vfs.NewMemory()
	require.NoError(t, saveText(memory, "before"))
	f := File{System: memory, Dir: "/", Name: "dump.rdb", Temporary: "temp-7.rdb", Commit: func(func() error) error { return ErrGivenUp }}
	err := f.Write(func(w io.Writer) error {
		_, err := io.WriteString(w, "after")
		return err
	})
	require.ErrorIs(t, err, ErrGivenUp)
	var failed *FileError
	require.True(t, errors.As(err, &failed))
	names, err := memory.List("/")
	require.NoError(t, err)
	require.Equal(t, []string{"dump.rdb"}, names)
}
