package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// systems are all file systems, each with a folder to work in.
func systems(t *testing.T) map[string]struct {
	fs  FS
	dir string
} {
	return map[string]struct {
		fs  FS
		dir string
	}{
		"os":      {OS{}, t.TempDir()},
		"memory":  {NewMemory(), "/"},
		"failing": {NewFailing(NewMemory()), "."},
	}
}

func write(t *testing.T, system FS, name, text string) {
	t.Helper()
	f, err := system.Create(name)
	require.NoError(t, err)
	_, err = f.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func content(t *testing.T, system FS, name string) string {
	t.Helper()
	data, err := ReadFile(system, name)
	require.NoError(t, err)
	return string(data)
}

func TestFiles(t *testing.T) {
	for kind, s := range systems(t) {
		t.Run(kind, func(t *testing.T) {
			in := func(name string) string { return filepath.Join(s.dir, name) }
			write(t, s.fs, in("a"), "one")
			f, err := s.fs.Append(in("a"))
			require.NoError(t, err)
			_, err = f.Write([]byte("two"))
			require.NoError(t, err)
			require.NoError(t, f.Sync())
			require.NoError(t, f.Truncate(4))
			require.ErrorIs(t, f.Truncate(5), fs.ErrInvalid)
			_, err = f.Write([]byte("!"))
			require.NoError(t, err)
			size, err := f.Size()
			require.NoError(t, err)
			require.EqualValues(t, 5, size)
			p := make([]byte, 4)
			n, err := f.ReadAt(p, 3)
			require.Equal(t, io.EOF, err)
			require.Equal(t, "t!", string(p[:n]))
			_, err = f.ReadAt(p, 5)
			require.Equal(t, io.EOF, err)
			require.NoError(t, f.Close())
			require.Error(t, f.Sync())
			require.Equal(t, "onet!", content(t, s.fs, in("a")))

			f, err = s.fs.Open(in("a"))
			require.NoError(t, err)
			_, err = f.Write([]byte("x"))
			require.Error(t, err)
			require.NoError(t, f.Close())
			_, err = s.fs.Open(in("missing"))
			require.ErrorIs(t, err, fs.ErrNotExist)
			write(t, s.fs, in("a"), "")
			require.Equal(t, "", content(t, s.fs, in("a")))
		})
	}
}

func TestNames(t *testing.T) {
	for kind, s := range systems(t) {
		t.Run(kind, func(t *testing.T) {
			in := func(name string) string { return filepath.Join(s.dir, name) }
			require.NoError(t, s.fs.Mkdir(in("d")))
			require.NoError(t, s.fs.Mkdir(in("d")))
			require.Error(t, s.fs.Mkdir(in("x/y")))
			write(t, s.fs, in("a"), "a")
			write(t, s.fs, in("d/b"), "b")
			require.Error(t, s.fs.Mkdir(in("a")))
			require.Error(t, s.fs.Remove(in("d")), "not empty")
			require.NoError(t, s.fs.Rename(in("a"), in("d/b")))
			require.Equal(t, "a", content(t, s.fs, in("d/b")))
			_, err := s.fs.Stat(in("a"))
			require.ErrorIs(t, err, fs.ErrNotExist)
			require.ErrorIs(t, s.fs.Rename(in("a"), in("b")), fs.ErrNotExist)
			require.ErrorIs(t, s.fs.Remove(in("a")), fs.ErrNotExist)
			write(t, s.fs, in("d/a"), "xyz")
			names, err := s.fs.List(in("d"))
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, names)
			info, err := s.fs.Stat(in("d/a"))
			require.NoError(t, err)
			require.Equal(t, Info{Size: 3}, info)
			info, err = s.fs.Stat(in("d"))
			require.NoError(t, err)
			require.True(t, info.Dir)
			require.NoError(t, s.fs.SyncDir(in("d")))
			require.Error(t, s.fs.SyncDir(in("none")))
			require.NoError(t, s.fs.Remove(in("d/a")))
			require.NoError(t, s.fs.Remove(in("d/b")))
			require.NoError(t, s.fs.Remove(in("d")))
			_, err = s.fs.List(in("d"))
			require.ErrorIs(t, err, fs.ErrNotExist)
		})
	}
}

// TestModel does random operations on Memory and on the real file system: both must always say the same.
func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var system [2]FS = [2]FS{OS{}, NewMemory()}
	dirs := [2]string{t.TempDir(), ""}
	names := []string{"a", "b", "d", "d/a", "d/b", "d/e"}
	for step := range 2000 {
		from, to := names[random.IntN(len(names))], names[random.IntN(len(names))]
		kind, size := random.IntN(8), random.IntN(20)
		var results [2]string
		for i, s := range system {
			results[i] = operate(s, kind, filepath.Join(dirs[i], from), filepath.Join(dirs[i], to), size)
		}
		require.Equal(t, results[0], results[1], "step %d: kind %d, %s, %s", step, kind, from, to)
	}
}

// operate does one operation and gives its outcome, an error as a mere "error".
func operate(s FS, kind int, from, to string, size int) string {
	var err error
	result := ""
	switch kind {
	case 0, 1, 2:
		open := []func(string) (File, error){s.Create, s.Append, s.Open}[kind]
		var f File
		if f, err = open(from); err != nil {
			break
		}
		defer f.Close()
		if info, _ := s.Stat(from); info.Dir {
			err = fs.ErrInvalid // Open alone opens folders of the real one
			break
		}
		_, written := f.Write(make([]byte, size))
		cut := f.Truncate(int64(size / 2))
		now, _ := f.Size()
		result = fmt.Sprint(written == nil, cut == nil, now)
	case 3:
		if info, statErr := s.Stat(from); statErr == nil && info.Dir {
			return "" // Memory renames no folders
		}
		err = s.Rename(from, to)
	case 4:
		err = s.Remove(from)
	case 5:
		err = s.Mkdir(from)
	case 6:
		var list []string
		list, err = s.List(from)
		result = fmt.Sprint(list)
	case 7:
		var info Info
		info, err = s.Stat(from)
		if info.Dir {
			info.Size = 0
		}
		result = fmt.Sprint(info)
	}
	if err != nil {
		return "error"
	}
	return result
}

func TestFailing(t *testing.T) {
	broken := errors.New("broken")
	m := NewMemory()
	f := NewFailing(m, Rule{Op: Writes, First: 2, Count: 1, Err: broken, Short: 2}, Rule{Op: Syncs, First: 2, Err: broken})
	file, err := f.Create("a")
	require.NoError(t, err)
	_, err = file.Write([]byte("abc"))
	require.NoError(t, err)
	n, err := file.Write([]byte("def"))
	require.ErrorIs(t, err, broken)
	require.Equal(t, 2, n)
	_, err = file.Write([]byte("g"))
	require.NoError(t, err)
	require.NoError(t, file.Sync())
	require.ErrorIs(t, file.Sync(), broken)
	require.ErrorIs(t, file.Sync(), broken)
	require.Equal(t, "abcdeg", content(t, f, "a"))
	require.Equal(t, 3, f.Count(Writes))

	f.Set(Rule{First: 1, Err: broken})
	require.ErrorIs(t, f.Mkdir("d"), broken)
	require.ErrorIs(t, f.Remove("a"), broken)
	require.ErrorIs(t, f.Rename("a", "b"), broken)
	require.ErrorIs(t, file.Close(), broken)
	f.Set()
	require.ErrorIs(t, file.Close(), fs.ErrClosed, "a failing Close closes")

	f.Limit(4)
	file, err = f.Append("a")
	require.NoError(t, err)
	n, err = file.Write([]byte("hijkl"))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, 4, n)
	f.Limit(-1)
	_, err = file.Write([]byte("l"))
	require.NoError(t, err)
	require.Equal(t, "abcdeghijkl", content(t, m, "a"))
}

func TestConcurrentUse(t *testing.T) {
	m := NewFailing(NewMemory())
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for j := range 50 {
				f, err := m.Append("shared")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = f.Write([]byte{byte(i), byte(j)})
				_ = f.Sync()
				_ = f.Close()
				_ = m.Rename(fmt.Sprint(i), "x")
				_ = m.SyncDir("/")
				m.under.(*Memory).Crash(uint64(j))
			}
		})
	}
	wait.Wait()
	require.Len(t, content(t, m, "shared"), 400)
}
