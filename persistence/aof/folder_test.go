package aof

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// moment is when tests happen.
var moment = time.Unix(1700000000, 0)

var testPlace = Place{Dir: "data", DirName: "appendonlydir", Name: "appendonly.aof"}

// counter is a server whose data are the numbers from 0 up to count, each logged by a record; the smallest one in which every mixture, loss
// and repetition shows.
type counter struct {
	system  vfs.FS
	policy  Policy
	folder  *Folder
	writer  *Writer
	initial int // numbers that were on disk before this server
	count   int // numbers there are
	loaded  int // of which the start found so many
	ends    []int64
	cuts    int
}

// load reads all that is there.
func (c *counter) load() error {
	folder, err := Open(c.system, testPlace)
	if err != nil {
		return err
	}
	c.folder = folder
	if _, err := folder.TakeOver(); err != nil {
		return err
	}
	parts, err := folder.Files()
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := c.loadPart(part); err != nil {
			return fmt.Errorf("%s: %w", part.Name, err)
		}
	}
	c.loaded = c.count
	return nil
}

func (c *counter) loadPart(part Part) error {
	file, err := c.system.Open(part.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := NewReader(io.NewSectionReader(file, 0, part.Size), 0)
	var queued []int
	for {
		next, err := r.Next()
		var torn *TornError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &torn) && part.Last:
			c.cuts++
			_, _, err := c.folder.CutTail(part, torn.Offset)
			return err
		case err != nil:
			return err
		}
		number := -1
		switch string(next.Words[0]) {
		case "ADD":
			number, _ = strconv.Atoi(string(next.Words[1]))
			queued = append(queued, number)
		case "BASE":
			number, _ = strconv.Atoi(string(next.Words[1]))
			c.count = number
		}
		if !next.Inside && string(next.Words[0]) != "MULTI" {
			for _, number := range queued {
				if number != c.count {
					return fmt.Errorf("%d comes after %d numbers", number, c.count)
				}
				c.count++
			}
			queued = queued[:0]
		}
	}
}

// start makes the server ready for writes.
func (c *counter) start() error {
	if err := c.load(); err != nil {
		return err
	}
	started, err := c.folder.Start(false, 1, func(w io.Writer) error { return c.writeBase(w, c.count) })
	if err != nil {
		return err
	}
	c.writer = NewWriter(started.File, started.Size, moment, Options{Policy: c.policy})
	return c.folder.DeleteHistory(func(string) {})
}

func (c *counter) writeBase(w io.Writer, count int) error {
	_, err := w.Write(AppendRecord(nil, words("BASE", strconv.Itoa(count))))
	return err
}

// add adds numbers, a pair of them as a transaction, and flushes.
func (c *counter) add(flush bool) error {
	one := func() {
		c.writer.Append(0, words("ADD", strconv.Itoa(c.count)), 0)
		c.count++
	}
	one()
	c.ends = append(c.ends, c.writer.Appended())
	c.writer.Append(0, words("MULTI"), 0)
	one()
	one()
	end := c.writer.Append(0, words("EXEC"), 0)
	c.ends = append(c.ends, end, end)
	if flush && c.writer.Flush(moment, true) == Failed {
		return c.writer.Err()
	}
	return nil
}

// rewrite does a rewrite, with writes between all its steps.
func (c *counter) rewrite() error {
	rewriting, err := c.folder.BeginRewrite()
	if err != nil {
		return err
	}
	failed := c.add(true)
	failed = errors.Join(failed, c.add(false))
	at, count := c.writer.Switch(rewriting.File), c.count
	failed = errors.Join(failed, c.add(true))
	base, err := c.folder.CreateBase(1)
	if err != nil {
		return err
	}
	if err := c.writeBase(base, count); err != nil {
		base.Abort()
		return err
	}
	failed = errors.Join(failed, c.add(true))
	finished, err := c.folder.FinishRewrite(rewriting, base, false)
	if err != nil {
		return errors.Join(err, fmt.Errorf("committed: %v", c.folder.Committed(finished)))
	}
	c.writer.Covered(at)
	failed = errors.Join(failed, c.add(true))
	failed = errors.Join(failed, c.folder.DeleteHistory(func(string) {}))
	return errors.Join(failed, c.add(true))
}

// session is a server's life.
func (c *counter) session() error {
	if err := c.start(); err != nil {
		return err
	}
	err := c.add(true)
	err = errors.Join(err, c.rewrite(), c.add(true), c.rewrite())
	_, syncErr := c.writer.SyncIfDue(moment.Add(syncInterval))
	return errors.Join(err, syncErr, c.add(true), c.writer.Close())
}

// safe is how many numbers must outlive a power cut now.
func (c *counter) safe() int {
	if c.writer == nil {
		return c.initial
	}
	safe, synced := c.loaded, c.writer.Stats().Synced
	for _, end := range c.ends {
		if end <= synced {
			safe++
		}
	}
	return safe
}

// newDisk has the server's folder, with an old single log in it if so many numbers are to be in that.
func newDisk(t testing.TB, numbers int) *vfs.Memory {
	m := vfs.NewMemory()
	require.NoError(t, m.Mkdir(testPlace.Dir))
	if numbers > 0 {
		f, err := m.Create(filepath.Join(testPlace.Dir, testPlace.Name))
		require.NoError(t, err)
		for i := range numbers {
			_, err = f.Write([]byte(record("ADD", strconv.Itoa(i))))
			require.NoError(t, err)
		}
		require.NoError(t, f.Sync())
	}
	require.NoError(t, m.SyncDir("/"))
	require.NoError(t, m.SyncDir(testPlace.Dir))
	return m
}

func TestFolderLives(t *testing.T) {
	for _, policy := range []Policy{SyncNever, SyncEverySec, SyncAlways} {
		disk := newDisk(t, 5)
		c := &counter{system: disk, policy: policy}
		require.NoError(t, c.session())
		again := &counter{system: disk, policy: policy}
		require.NoError(t, again.load())
		require.Equal(t, c.count, again.count)
		require.Zero(t, again.cuts)
		require.Equal(t, c.count, c.safe())
		names, err := disk.List("data/appendonlydir")
		require.NoError(t, err)
		require.Equal(t, []string{"appendonly.aof.3.base.aof", "appendonly.aof.3.incr.aof", "appendonly.aof.manifest"}, names)
		names, err = disk.List("data")
		require.NoError(t, err)
		require.Equal(t, []string{"appendonlydir"}, names)
	}
}

// find loads what a crash left, as a new server would, and checks it.
func find(t *testing.T, disk *vfs.Memory, before *counter, what string) {
	t.Helper()
	found := &counter{system: disk, policy: before.policy}
	require.NoError(t, found.load(), "%s\n%s", what, disk)
	require.GreaterOrEqual(t, found.count, before.safe(), what)
	require.LessOrEqual(t, found.count, max(before.count, before.initial), what)
}

// TestFolderCrashes cuts the power before each operation of a session, in several ways, and loads what is left; the start after it is cut
// short in turn, in the same way.
func TestFolderCrashes(t *testing.T) {
	for _, policy := range []Policy{SyncEverySec, SyncAlways} {
		for _, old := range []int{0, 5} {
			crashes := 0
			for n, done := 1, false; !done; n++ {
				disk := newDisk(t, old)
				failing := vfs.NewFailing(disk, vfs.Rule{First: n, Err: errors.New("power cut"), Short: 7})
				c := &counter{system: failing, policy: policy, initial: old}
				done = c.session() == nil
				for seed := range uint64(12) {
					find(t, disk.Crash(seed), c, fmt.Sprintf("policy %d, old %d, operation %d, seed %d", policy, old, n, seed))
				}
				if n%7 == 0 {
					recoverTwice(t, disk.Crash(uint64(n)), c, n)
				}
				restartAndCrash(t, disk, c, fmt.Sprintf("policy %d, old %d, killed at operation %d", policy, old, n))
				crashes++
			}
			require.Greater(t, crashes, 60)
		}
	}
}

// recoverTwice lets the start after a crash crash at each operation, too.
func recoverTwice(t *testing.T, disk *vfs.Memory, before *counter, n int) {
	for m, done := 1, false; !done; m++ {
		again := disk.Crash(0)
		failing := vfs.NewFailing(again, vfs.Rule{First: m, Err: errors.New("power cut")})
		c := &counter{system: failing, policy: before.policy}
		done = c.start() == nil
		for seed := range uint64(4) {
			find(t, again.Crash(seed), before, fmt.Sprintf("operation %d, then operation %d of the start, seed %d", n, m, seed))
		}
	}
}

// restartAndCrash starts a server on what a killed one left, which is all that was written, and cuts the power later: what the start found is
// as safe then as what was added.
func restartAndCrash(t *testing.T, disk *vfs.Memory, before *counter, what string) {
	t.Helper()
	for _, cut := range []*vfs.Memory{disk.Crash(3), disk} {
		c := &counter{system: cut, policy: before.policy, initial: before.safe()}
		require.NoError(t, c.start(), what)
		require.GreaterOrEqual(t, c.count, before.safe())
		for added := range 2 {
			for seed := range uint64(6) {
				find(t, cut.Crash(seed), c, fmt.Sprintf("%s, added %d, seed %d", what, added, seed))
			}
			require.NoError(t, c.add(true))
		}
	}
}

// TestFolderUnsure: where the folder can't be synced after a manifest's rename, nothing goes that the manifest before needs, until it can be.
func TestFolderUnsure(t *testing.T) {
	for cut := 1; cut < 30; cut++ {
		disk := newDisk(t, 0)
		failing := vfs.NewFailing(disk)
		c := &counter{system: failing}
		require.NoError(t, c.start())
		require.NoError(t, c.add(true))
		rewriting, err := c.folder.BeginRewrite()
		require.NoError(t, err)
		at := c.writer.Switch(rewriting.File)
		base, err := c.folder.CreateBase(1)
		require.NoError(t, err)
		require.NoError(t, c.writeBase(base, c.count))
		failing.Set(vfs.Rule{Op: vfs.DirSyncs, First: 2, Count: 1, Err: errors.New("broken")}) // the first one is for the base
		finished, err := c.folder.FinishRewrite(rewriting, base, false)
		require.Error(t, err)
		require.True(t, c.folder.Committed(finished))
		require.NoError(t, c.add(true))
		failing.Set(vfs.Rule{First: cut, Err: errors.New("power cut")})
		if c.folder.DeleteHistory(func(string) {}) == nil {
			c.writer.Covered(at)
		}
		for seed := range uint64(50) {
			find(t, disk.Crash(seed), c, fmt.Sprintf("cut at operation %d, seed %d", cut, seed))
		}
	}
}

// TestFolderFaults lets each operation of a session fail by itself; the server goes on as well as it can. What is on disk then loads, after
// a power cut, too.
func TestFolderFaults(t *testing.T) {
	for _, policy := range []Policy{SyncEverySec, SyncAlways} {
		for n, failed := 1, true; failed; n++ {
			disk := newDisk(t, 3)
			failing := vfs.NewFailing(disk, vfs.Rule{First: n, Count: 1, Err: errors.New("broken"), Short: 5, Loses: true})
			c := &counter{system: failing, policy: policy, initial: 3}
			failed = c.session() != nil
			find(t, disk, c, fmt.Sprintf("policy %d, operation %d", policy, n))
			for seed := range uint64(12) {
				find(t, disk.Crash(seed), c, fmt.Sprintf("policy %d, operation %d, seed %d", policy, n, seed))
			}
			require.Less(t, n, 1000)
		}
	}
}

// TestFolderFullDisk: as TestFolderFaults, with a disk that is full after each number of bytes.
func TestFolderFullDisk(t *testing.T) {
	for room, failed := 0, true; failed; room += 3 {
		disk := newDisk(t, 3)
		failing := vfs.NewFailing(disk)
		failing.Limit(room)
		c := &counter{system: failing, policy: SyncEverySec, initial: 3}
		failed = c.session() != nil
		for seed := range uint64(4) {
			find(t, disk.Crash(seed), c, fmt.Sprintf("room for %d bytes, seed %d", room, seed))
		}
		find(t, disk, c, fmt.Sprintf("room for %d bytes", room))
		require.Less(t, room, 100000)
	}
}

func TestFolderSwitchedOn(t *testing.T) {
	for n, failed := 0, true; failed; n++ {
		disk := newDisk(t, 0)
		old := &counter{system: disk}
		require.NoError(t, old.session(), "an earlier log, switched off")
		failing := vfs.NewFailing(disk, vfs.Rule{First: n, Count: 1, Err: errors.New("broken")})
		if n == 0 {
			failing.Set()
		}
		folder, err := Open(failing, testPlace)
		committed := false
		if err == nil {
			committed, err = switchOn(folder)
		}
		failed = err != nil || n == 0
		found := &counter{system: disk}
		require.NoError(t, found.load(), "operation %d", n)
		for seed := range uint64(4) {
			crashed := &counter{system: disk.Crash(seed)}
			require.NoError(t, crashed.load(), "operation %d", n)
			require.Contains(t, []int{old.count, 1001}, crashed.count)
			if err == nil {
				require.Equal(t, 1001, crashed.count)
			}
		}
		want := old.count
		if committed {
			want = 1001
		}
		require.Equal(t, want, found.count, "operation %d", n)
		require.Equal(t, n == 0 || !failed, err == nil)
		require.Less(t, n, 1000)
	}
}

// switchOn switches a log on, with 1000 numbers in the base and one more behind.
func switchOn(folder *Folder) (committed bool, err error) {
	rewriting, err := folder.BeginFirst()
	if err != nil {
		return false, err
	}
	c := &counter{count: 1000, writer: NewWriter(rewriting.File, 0, moment, Options{})}
	c.writer.Append(0, words("ADD", "1000"), 0)
	if err := c.writer.Close(); err != nil {
		return false, err
	}
	base, err := folder.CreateBase(1)
	if err != nil {
		return false, err
	}
	if err := c.writeBase(base, 1000); err != nil {
		base.Abort()
		return false, errors.Join(err, folder.AbortFirst())
	}
	finished, err := folder.FinishRewrite(rewriting, base, false)
	if err == nil {
		err = folder.DeleteHistory(func(string) {})
	}
	return folder.Committed(finished), err
}

func TestTakeOverOnlyWhereRedisDoes(t *testing.T) {
	disk := newDisk(t, 2)
	require.NoError(t, (&counter{system: disk}).session())
	write := func(name string) {
		f, err := disk.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte("x"))
		require.NoError(t, err)
	}
	write("data/appendonly.aof")
	f, err := Open(disk, testPlace)
	require.NoError(t, err)
	took, err := f.TakeOver()
	require.NoError(t, err)
	require.False(t, took, "there is a log")

	require.NoError(t, disk.Remove("data/appendonlydir/appendonly.aof.manifest"))
	write("data/appendonlydir/appendonly.aof")
	f, err = Open(disk, testPlace)
	require.NoError(t, err)
	_, err = f.TakeOver()
	require.ErrorContains(t, err, "one of that name is there")
	require.NoError(t, disk.Remove("data/appendonlydir/appendonly.aof"))
	took, err = f.TakeOver()
	require.NoError(t, err)
	require.True(t, took)
	require.Equal(t, []Info{{"appendonly.aof", 1, Base}}, f.Manifest().Files())
	parts, err := f.Files()
	require.NoError(t, err)
	require.Len(t, parts, 1)
	require.True(t, parts[0].Last)
	require.NoError(t, disk.Remove("data/appendonlydir/appendonly.aof"))
	_, err = f.Files()
	require.ErrorContains(t, err, "Unable to obtain the AOF file appendonly.aof length. stat: No such file or directory")
}

// A rewrite of a log that is off leaves a base and nothing else.
func TestFolderAlone(t *testing.T) {
	t.Parallel()
	system := vfs.NewMemory()
	require.NoError(t, system.Mkdir("data"))
	require.NoError(t, system.SyncDir("."))
	folder, err := Open(system, testPlace)
	require.NoError(t, err)
	started, err := folder.Start(false, 1, func(out io.Writer) error { return nil })
	require.NoError(t, err)
	require.NoError(t, started.File.Close())
	rewriting, err := folder.BeginAlone()
	require.NoError(t, err)
	base, err := folder.CreateBase(1)
	require.NoError(t, err)
	_, err = base.Write(AppendRecord(nil, [][]byte{[]byte("PING")}))
	require.NoError(t, err)
	finished, err := folder.FinishRewrite(rewriting, base, false)
	require.NoError(t, err)
	require.True(t, folder.Committed(finished))
	require.NoError(t, folder.DeleteHistory(func(string) {}))
	again, err := Open(system.Crash(0), testPlace)
	require.NoError(t, err)
	require.Equal(t, []Info{{Name: "appendonly.aof.2.base.aof", Seq: 2, Type: Base}}, again.Manifest().Files())
	require.Empty(t, again.Manifest().HistoryFiles())
}

// A log that was being switched on leaves its increment under its own name, if the server ends before a manifest has it. What is in there
// belongs to a base that no manifest names: the next start, which gives out the same name, begins it anew.
func TestStartBeginsAnIncrementAnew(t *testing.T) {
	system := vfs.NewMemory()
	require.NoError(t, system.Mkdir(testPlace.Dir))
	folder, err := Open(system, testPlace)
	require.NoError(t, err)
	rewriting, err := folder.BeginFirst()
	require.NoError(t, err)
	_, err = rewriting.File.Write([]byte("of another life"))
	require.NoError(t, err)
	base, err := folder.CreateBase(1)
	require.NoError(t, err)
	failing := vfs.NewFailing(system, vfs.Rule{Op: vfs.Renames, First: 3, Count: 1, Err: errors.New("the end")}) // base, increment, manifest
	folder.system = failing
	_, err = folder.FinishRewrite(rewriting, base, true)
	require.Error(t, err)
	_ = system.Rename(folder.path(folder.tempIncrement()), folder.path("appendonly.aof.1.incr.aof")) // as if nothing could be undone

	folder, err = Open(system, testPlace)
	require.NoError(t, err)
	started, err := folder.Start(true, 1, func(io.Writer) error { return nil })
	require.NoError(t, err)
	require.Equal(t, "appendonly.aof.1.incr.aof", started.Name)
	require.Zero(t, started.Size)
	text, err := vfs.ReadFile(system, folder.path(started.Name))
	require.NoError(t, err)
	require.Empty(t, text)
}
