package aof

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// slowFile waits in Sync and Write until it is let go on, if the channels are there.
type slowFile struct {
	vfs.File
	syncs, writes     atomic.Int64
	syncing           atomic.Int64
	together          atomic.Bool // two synced at once
	inSync, goOn      chan struct{}
	inWrite, goOnWith chan struct{}
}

func (f *slowFile) Sync() error {
	f.syncs.Add(1)
	if f.syncing.Add(1) > 1 {
		f.together.Store(true)
	}
	defer f.syncing.Add(-1)
	if f.inSync != nil {
		f.inSync <- struct{}{}
		<-f.goOn
	}
	return f.File.Sync()
}

func (f *slowFile) Write(p []byte) (int, error) {
	f.writes.Add(1)
	if f.inWrite != nil {
		f.inWrite <- struct{}{}
		<-f.goOnWith
	}
	return f.File.Write(p)
}

func newFile(t testing.TB, system vfs.FS, name string) *slowFile {
	t.Helper()
	f, err := system.Create(name)
	require.NoError(t, err)
	return &slowFile{File: f}
}

func content(t testing.TB, system vfs.FS, name string) string {
	t.Helper()
	data, err := vfs.ReadFile(system, name)
	require.NoError(t, err)
	return string(data)
}

const selected = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"

func TestWriterPolicies(t *testing.T) {
	for _, policy := range []Policy{SyncNever, SyncEverySec, SyncAlways} {
		m := vfs.NewMemory()
		file := newFile(t, m, "a")
		told := 0
		w := NewWriter(file, 0, moment, Options{Policy: policy, Progress: func() { told++ }})
		require.Equal(t, Nothing, w.Flush(moment, false))
		position := w.Append(0, words("SET", "a", "b"), 0)
		require.EqualValues(t, position, w.Appended())
		require.Zero(t, w.Released())
		require.Equal(t, Stats{Appended: position, Buffered: position}, w.Stats())
		require.Equal(t, Flushed, w.Flush(moment, false))
		require.Equal(t, position, w.Released())
		require.Equal(t, selected+record("SET", "a", "b"), content(t, m, "a"))
		require.Equal(t, 1, told)
		require.Equal(t, policy == SyncAlways, file.syncs.Load() == 1)

		synced, err := w.SyncIfDue(moment.Add(syncInterval - 1))
		require.NoError(t, err)
		require.False(t, synced, "too early")
		synced, err = w.SyncIfDue(moment.Add(syncInterval))
		require.NoError(t, err)
		require.Equal(t, policy == SyncEverySec, synced)
		synced, err = w.SyncIfDue(moment.Add(9 * syncInterval))
		require.NoError(t, err)
		require.False(t, synced, "nothing to sync")
		require.Equal(t, policy != SyncNever, w.Stats().Synced == position)

		w.SetPolicy(SyncAlways)
		require.Equal(t, policy == SyncNever, w.Flush(moment, false) == Flushed, "what wasn't synced is")
		w.Append(0, words("DEL", "a"), 0)
		require.NoError(t, w.Close())
		require.Equal(t, selected+record("SET", "a", "b")+record("DEL", "a"), content(t, m, "a"))
	}
}

func TestWriterSuspended(t *testing.T) {
	m := vfs.NewMemory()
	file := newFile(t, m, "a")
	w := NewWriter(file, 0, moment, Options{Policy: SyncAlways})
	w.Suspend(true)
	position := w.Append(0, words("X"), 0)
	require.Equal(t, Flushed, w.Flush(moment, false))
	require.Equal(t, position, w.Released())
	require.Zero(t, file.syncs.Load())
	w.Suspend(false)
	require.Equal(t, Flushed, w.Flush(moment, false))
	require.EqualValues(t, 1, file.syncs.Load())
	require.NoError(t, w.Close())
}

func TestWriterPostpones(t *testing.T) {
	m := vfs.NewMemory()
	file := newFile(t, m, "a")
	w := NewWriter(file, 0, moment, Options{Policy: SyncEverySec})
	w.Append(0, words("A"), 0)
	require.Equal(t, Flushed, w.Flush(moment, false))
	file.inSync, file.goOn = make(chan struct{}), make(chan struct{})
	ended := make(chan error)
	now := moment.Add(syncInterval)
	go func() {
		_, err := w.SyncIfDue(now)
		ended <- err
	}()
	<-file.inSync
	require.True(t, w.Stats().Syncing)
	end := w.Append(0, words("B"), 0)
	require.Equal(t, Postponed, w.Flush(now, false))
	require.Equal(t, Postponed, w.Flush(now.Add(longestPostponement-1), false))
	require.Less(t, w.Released(), end)
	require.Equal(t, Flushed, w.Flush(now.Add(longestPostponement), false))
	require.EqualValues(t, 1, w.Stats().Delayed)
	require.Equal(t, end, w.Released())
	w.Append(0, words("C"), 0)
	require.Equal(t, Postponed, w.Flush(now.Add(longestPostponement), false), "two seconds anew")
	require.Equal(t, Flushed, w.Flush(now.Add(longestPostponement), true), "forced")
	due, err := w.SyncIfDue(now.Add(time.Hour))
	require.NoError(t, err)
	require.False(t, due, "one at a time")
	w.Append(0, words("D"), 0)
	next := newFile(t, m, "b")
	at := w.Switch(next)
	require.Equal(t, Postponed, w.Flush(now, true), "the file can't be closed")
	file.goOn <- struct{}{}
	require.NoError(t, <-ended)
	require.Less(t, w.Stats().Synced, end, "the sync began before")
	file.inSync = nil
	require.Equal(t, Flushed, w.Flush(now, false))
	require.Equal(t, at, w.Stats().Synced, "an increment is synced before the next one begins")
	require.NoError(t, w.Close())
}

// TestWriterSwitchedMeanwhile: a switch during a write that goes on beside a sync; the file is closed only after both.
func TestWriterSwitchedMeanwhile(t *testing.T) {
	m := vfs.NewMemory()
	file := newFile(t, m, "a")
	w := NewWriter(file, 0, moment, Options{Policy: SyncEverySec})
	w.Append(0, words("A"), 0)
	require.Equal(t, Flushed, w.Flush(moment, false))
	file.inSync, file.goOn = make(chan struct{}), make(chan struct{})
	file.inWrite, file.goOnWith = make(chan struct{}), make(chan struct{})
	synced, flushed := make(chan error), make(chan Outcome)
	go func() {
		_, err := w.SyncIfDue(moment.Add(syncInterval))
		synced <- err
	}()
	<-file.inSync
	w.Append(0, words("B"), 0)
	go func() { flushed <- w.Flush(moment, true) }()
	<-file.inWrite
	at := w.Switch(newFile(t, m, "b"))
	w.Append(0, words("C"), 0)
	file.goOnWith <- struct{}{}
	file.goOn <- struct{}{}
	require.NoError(t, <-synced)
	<-file.inSync
	file.goOn <- struct{}{}
	require.Equal(t, Flushed, <-flushed)
	require.False(t, file.together.Load())
	require.Equal(t, at, w.Stats().Synced)
	require.NoError(t, w.Close())
	require.Equal(t, selected+record("A")+record("B"), content(t, m, "a"))
	require.Equal(t, selected+record("C"), content(t, m, "b"))
}

// TestWriterGroupCommit: while one syncs, the others only append; the next one syncs for all of them.
func TestWriterGroupCommit(t *testing.T) {
	m := vfs.NewMemory()
	file := newFile(t, m, "a")
	file.inSync, file.goOn = make(chan struct{}), make(chan struct{})
	w := NewWriter(file, 0, moment, Options{Policy: SyncAlways})
	first := w.Append(0, words("A"), 0)
	var wait sync.WaitGroup
	wait.Go(func() { _ = w.Wait(first, moment) })
	<-file.inSync
	var last int64
	for i := range 10 {
		position := w.Append(0, words(fmt.Sprint(i)), 0)
		require.Equal(t, Busy, w.Flush(moment, false))
		wait.Go(func() { _ = w.Wait(position, moment) })
		last = position
	}
	require.Zero(t, w.Released())
	file.goOn <- struct{}{}
	<-file.inSync
	require.Equal(t, first, w.Released())
	file.goOn <- struct{}{}
	wait.Wait()
	require.Equal(t, last, w.Released())
	require.EqualValues(t, 2, file.syncs.Load())
	require.EqualValues(t, 2, file.writes.Load())
	file.inSync = nil
	require.NoError(t, w.Close())
}

func TestWriterCutsFailedWrites(t *testing.T) {
	for _, short := range []int{0, 10} {
		m := vfs.NewMemory()
		system := vfs.NewFailing(m)
		w := NewWriter(newFile(t, system, "a"), 0, moment, Options{Policy: SyncEverySec})
		w.Append(0, words("A"), 0)
		require.Equal(t, Flushed, w.Flush(moment, false))
		good := content(t, m, "a")
		system.Set(vfs.Rule{Op: vfs.Writes, First: 1, Count: 2, Err: syscall.ENOSPC, Short: short},
			vfs.Rule{Op: vfs.Truncates, First: 1, Count: 3, Err: syscall.EIO})
		w.Append(0, words("B"), 0)
		released := w.Released()
		require.Equal(t, Failed, w.Flush(moment, false))
		require.ErrorIs(t, w.Err(), syscall.ENOSPC)
		require.Len(t, content(t, m, "a"), len(good)+short)
		for range 2 { // it can't be cut off yet, so nothing is written behind it
			require.Equal(t, Failed, w.Flush(moment, false))
			require.ErrorIs(t, w.Err(), syscall.EIO)
			require.Equal(t, 1, system.Count(vfs.Writes))
		}
		w.Append(0, words("C"), 0)
		require.Equal(t, Failed, w.Flush(moment, false), "cut, but still full")
		require.ErrorIs(t, w.Err(), syscall.ENOSPC)
		require.Equal(t, released, w.Released())
		require.Equal(t, Flushed, w.Flush(moment, false))
		require.NoError(t, w.Err())
		require.Equal(t, good+record("B")+record("C"), content(t, m, "a"))
		require.NoError(t, w.Close())
	}
}

func TestWriterForgetsNoFailedSync(t *testing.T) {
	for _, policy := range []Policy{SyncEverySec, SyncAlways} {
		m := vfs.NewMemory()
		system := vfs.NewFailing(m, vfs.Rule{Op: vfs.Syncs, First: 1, Count: 1, Err: syscall.EIO, Loses: true})
		w := NewWriter(newFile(t, system, "a"), 0, moment, Options{Policy: policy})
		first := w.Append(0, words("A"), 0)
		outcome := w.Flush(moment, false)
		require.Equal(t, policy == SyncAlways, outcome == Failed)
		if policy == SyncEverySec {
			_, err := w.SyncIfDue(moment.Add(syncInterval))
			require.ErrorIs(t, err, syscall.EIO)
		}
		second := w.Append(0, words("B"), 0)
		require.Equal(t, Failed, w.Flush(moment, true))
		require.ErrorIs(t, w.Wait(second, moment), syscall.EIO)
		due, err := w.SyncIfDue(moment.Add(9 * syncInterval))
		require.NoError(t, err)
		require.False(t, due)
		require.Equal(t, Stats{Appended: second, Written: first, FileSize: first, Buffered: second - first, InDoubt: true}, w.Stats())
		require.Equal(t, 1, system.Count(vfs.Syncs))

		at := w.Switch(newFile(t, system, "b"))
		third := w.Append(0, words("C"), 0)
		require.Equal(t, Failed, w.Flush(moment, true), "not before the base is durable")
		w.Covered(at)
		require.NoError(t, w.Err())
		require.GreaterOrEqual(t, w.Released(), at)
		require.NoError(t, w.Wait(third, moment))
		require.Equal(t, selected+record("C"), content(t, m, "b"))
		require.NoError(t, w.Close())
		require.Equal(t, third, w.Stats().Synced)
	}
}

// TestWriterLeavesNoFileInDoubt: an increment isn't begun behind one that is whole but may have lost something.
func TestWriterLeavesNoFileInDoubt(t *testing.T) {
	m := vfs.NewMemory()
	system := vfs.NewFailing(m, vfs.Rule{Op: vfs.Syncs, First: 1, Count: 1, Err: syscall.EIO, Loses: true})
	w := NewWriter(newFile(t, system, "a"), 0, moment, Options{})
	w.Append(0, words("A"), 0)
	require.Equal(t, Flushed, w.Flush(moment, false))
	at := w.Switch(newFile(t, system, "b"))
	w.Append(0, words("B"), 0)
	for range 3 {
		require.Equal(t, Failed, w.Flush(moment, false))
		require.ErrorIs(t, w.Err(), syscall.EIO)
	}
	require.Empty(t, content(t, m, "b"))
	w.Covered(at)
	require.Equal(t, Flushed, w.Flush(moment, false))
	require.Equal(t, selected+record("B"), content(t, m, "b"))
	require.NoError(t, w.Close())
}

func TestWriterAllocatesNothing(t *testing.T) {
	w := NewWriter(discard{}, 0, moment, Options{Policy: SyncAlways, Progress: func() {}})
	command := words("SET", "key", "value")
	w.Append(0, words("SET", "key", string(make([]byte, 1000))), 0)
	w.Flush(moment, false)
	w.Append(0, words("SET", "key", string(make([]byte, 1000))), 0)
	w.Flush(moment, false)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		w.Append(0, command, 0)
		w.Append(1, command, 0)
		w.Flush(moment, false)
	}))
}

// discard is a file that keeps nothing.
type discard struct{}

func (discard) Write(p []byte) (int, error)       { return len(p), nil }
func (discard) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func (discard) Close() error                      { return nil }
func (discard) Sync() error                       { return nil }
func (discard) Truncate(int64) error              { return nil }
func (discard) Size() (int64, error)              { return 0, nil }

// TestWriterUnderLoad: many append and wait while files are switched, policies change and operations fail; what the files hold is then what
// was appended, in its order.
func TestWriterUnderLoad(t *testing.T) {
	const writers, each = 4, 200
	m := vfs.NewMemory()
	system := vfs.NewFailing(m, vfs.Rule{Op: vfs.Writes, First: 20, Count: 3, Err: syscall.ENOSPC, Short: 3}, vfs.Rule{Op: vfs.Writes, First: 60, Count: 2, Err: syscall.EIO})
	w := NewWriter(newFile(t, system, "0"), 0, moment, Options{Policy: SyncEverySec})
	var order []string // under mu, as in the exclusive section
	var mu sync.Mutex
	var wait, others sync.WaitGroup
	stop := make(chan struct{})
	for i := range writers {
		wait.Go(func() {
			for j := range each {
				name := fmt.Sprintf("%d-%d", i, j)
				mu.Lock()
				position := w.Append(0, words("ADD", name), 0)
				order = append(order, name)
				mu.Unlock()
				for w.Wait(position, moment) != nil {
				}
				if w.Released() < position {
					t.Error("waited in vain")
				}
			}
		})
	}
	others.Go(func() {
		now := moment
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			now = now.Add(syncInterval)
			_, _ = w.SyncIfDue(now)
			w.SetPolicy(Policy(n % 3))
			if n%10 == 0 && n <= 100 {
				file, err := system.Create(fmt.Sprint(n / 10))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				w.Switch(file)
				mu.Unlock()
			}
		}
	})
	wait.Wait()
	close(stop)
	others.Wait()
	require.NoError(t, w.Close())
	var got []string
	for n := 0; ; n++ {
		if _, err := m.Stat(fmt.Sprint(n)); err != nil {
			break
		}
		records, _, err := readAll(content(t, m, fmt.Sprint(n)))
		require.ErrorContains(t, err, "EOF")
		for _, record := range records {
			if record != "SELECT 0" {
				got = append(got, record[len("ADD "):])
			}
		}
	}
	require.Equal(t, order, got)
}

// TestWriterModel does random things and compares with a plain list of what was appended to which file.
func TestWriterModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := vfs.NewMemory()
	system := vfs.NewFailing(m)
	w := NewWriter(newFile(t, system, "0"), 0, moment, Options{})
	want, names := []string{""}, 1
	now := moment
	for range 3000 {
		now = now.Add(time.Duration(random.IntN(500)) * time.Millisecond)
		switch random.IntN(8) {
		case 0, 1, 2:
			before := w.Appended()
			word := fmt.Sprint(random.IntN(1000))
			end := w.Append(0, words(word), 0)
			text := record(word)
			if int(end-before) > len(text) {
				text = selected + text
			}
			want[len(want)-1] += text
		case 3, 4:
			w.Flush(now, random.IntN(2) == 0)
		case 5:
			_, _ = w.SyncIfDue(now)
		case 6:
			w.SetPolicy(Policy(random.IntN(3)))
			system.Set(vfs.Rule{Op: vfs.Writes, First: 1 + random.IntN(5), Count: 1, Err: syscall.EIO, Short: random.IntN(30)},
				vfs.Rule{Op: vfs.Truncates, First: 1, Count: random.IntN(3) + 1, Err: syscall.EIO})
		case 7:
			if random.IntN(10) == 0 {
				w.Switch(newFile(t, system, fmt.Sprint(names)))
				want, names = append(want, ""), names+1
			}
		}
		stats := w.Stats()
		require.LessOrEqual(t, stats.Synced, stats.Written)
		require.LessOrEqual(t, stats.Written, stats.Appended)
	}
	system.Set()
	require.NoError(t, w.Close())
	for i, text := range want {
		require.Equal(t, text, content(t, m, fmt.Sprint(i)))
	}
}

func BenchmarkAppendFlush(b *testing.B) {
	for _, batch := range []int{1, 50} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			file, err := vfs.OS{}.Create(b.TempDir() + "/log")
			require.NoError(b, err)
			w := NewWriter(file, 0, moment, Options{Policy: SyncNever})
			command := words("SET", "key:000000000001", string(make([]byte, 64)))
			b.ReportAllocs()
			b.SetBytes(int64(len(AppendRecord(nil, command))))
			for i := 0; b.Loop(); i++ {
				w.Append(0, command, 0)
				if i%batch == 0 {
					w.Flush(moment, false)
				}
			}
			require.NoError(b, w.Close())
		})
	}
}

func BenchmarkReader(b *testing.B) {
	text := record("SET", "key:000000000001", string(make([]byte, 64)))
	r := NewReader(&endless{text: text}, 0)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], e.text[e.at:])
		n += copied
		e.at = (e.at + copied) % len(e.text)
	}
	return n, nil
}

// SyncAhead syncs whatever the policy, so that the turn to the next increment needs no sync of what was written before it.
func TestSyncAhead(t *testing.T) {
	t.Parallel()
	for _, policy := range []Policy{SyncNever, SyncEverySec, SyncAlways} {
		system := vfs.NewFailing(vfs.NewMemory())
		file, err := system.Create("a")
		require.NoError(t, err)
		w := NewWriter(file, 0, moment, Options{Policy: policy})
		require.NoError(t, w.Wait(w.Append(0, words("A"), 0), moment))
		require.NoError(t, w.SyncAhead())
		require.NoError(t, w.SyncAhead())
		require.Equal(t, 1, system.Count(vfs.Syncs))
		require.Equal(t, w.Stats().Written, w.Stats().Synced)
		next, err := system.Create("b")
		require.NoError(t, err)
		w.Switch(next)
		require.True(t, w.Stats().Turning)
		w.SetPolicy(SyncNever)
		require.NoError(t, w.Wait(w.Append(0, words("B"), 0), moment))
		require.False(t, w.Stats().Turning)
		require.Equal(t, 1, system.Count(vfs.Syncs), "the end of the first file was synced before")
		system.Set(vfs.Rule{Op: vfs.Syncs, First: 1, Err: syscall.EIO})
		require.ErrorIs(t, w.SyncAhead(), syscall.EIO)
		require.ErrorIs(t, w.SyncAhead(), syscall.EIO)
		require.True(t, w.Stats().InDoubt)
	}
}
