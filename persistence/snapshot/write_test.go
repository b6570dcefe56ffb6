package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

// While a file is written the store is edited: the file has what there was when the view was opened.
func TestWriteUnderEdits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	s := settled(t, many(10_000))
	for range 3 {
		want := state(t, s)
		view := s.View()
		var p bytes.Buffer
		done := make(chan error, 1)
		var keys atomic.Int64
		go func() {
			_, err := Write(&p, view, databases, WriteOptions{Options: rdb.Options{Version: 12, Compress: true}, Workers: 3, Progress: func(n int) error {
				keys.Add(int64(n))
				return nil
			}})
			done <- err
		}()
		for writing, edits := true, 0; writing || edits < 5000; edits++ {
			key := strconv.AppendInt([]byte("key:"), r.Int64N(11_000), 10)
			switch edits % 3 {
			case 0:
				fill(r, s.Edit(0), key, 50)
			case 1:
				s.Edit(0).Delete(key)
			default:
				s.Edit(0).SetString(key, key, r.Int64N(100))
			}
			s.Tend(10)
			select {
			case err := <-done:
				require.NoError(t, err)
				writing = false
			default:
			}
		}
		view.Close()
		require.Equal(t, int64(len(want)), keys.Load())
		require.Equal(t, want, state(t, loaded(t, p.Bytes(), LoadOptions{Workers: 2})))
		s = settled(t, s)
	}
}

// failing is a writer that fails after so many bytes.
type failing struct{ left int }

func (w *failing) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

var errDisk = errors.New("the disk is full")

func TestWriteFails(t *testing.T) {
	s := many(20_000)
	view := s.View()
	defer view.Close()
	options := WriteOptions{Options: rdb.Options{Version: 10, Checksum: true}, Facts: Facts{RedisVersion: "7.0.15"}}
	for _, left := range []int{0, 9, 10, 50, 100, 1000, 300_000} {
		_, err := Write(&failing{left}, view, databases, options)
		require.ErrorIs(t, err, errDisk, "after %d bytes", left)
	}
	options.Progress = func(int) error { return errEnough }
	_, err := Write(io.Discard, view, databases, options)
	require.ErrorIs(t, err, errEnough)
	options.Version = 9
	_, err = Write(io.Discard, view, databases, options)
	require.Error(t, err)
}

// Neither writing nor loading allocates for each key.
func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	s := newStore()
	for n := range 20_000 {
		key := strconv.AppendInt([]byte("key:"), int64(n), 10)
		workloads[[]int{0, 0, 0, 2, 3, 4, 5}[n%7]].put(s.Edit(0), key, n)
	}
	view := s.View()
	defer view.Close()
	options := WriteOptions{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}, Workers: 2}
	writing := testing.AllocsPerRun(2, func() {
		_, err := Write(io.Discard, view, databases, options)
		require.NoError(t, err)
	})
	require.Less(t, writing, 1000.0)
	p, _ := written(t, s, options)
	loading := testing.AllocsPerRun(2, func() { loaded(t, p, LoadOptions{Workers: 2}) })
	require.Less(t, loading, 20_000.0, "pages, as they grow, and nothing else")
}

// TestInTheBackground leaves a processor to others where there are several, gives way when a turn is over, in the midst of a large value too, and
// writes the same.
func TestInTheBackground(t *testing.T) {
	for processors, workers := range map[int]int{1: 1, 2: 1, 3: 2, 64: 63} {
		require.Equal(t, processors, workersOf(processors, false))
		require.Equal(t, workers, workersOf(processors, true), "of %d", processors)
	}
	random := rand.New(rand.NewPCG(1, 2))
	s := filled(random, 5000)
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	s.Edit(0).SetString([]byte("noise"), noise, 0)
	s.Edit(0).ChangeSet(&datatypes.Entry{}, []byte("many"), func(f *set.Form, edit *set.Edit) {
		for i := range 100_000 {
			f.Add(edit, fmt.Appendf(nil, "member %d", i))
		}
	})
	options := WriteOptions{Options: rdb.Options{Version: 12}, Workers: 1}
	foreground, _ := written(t, s, options)
	options.Background = true
	background, _ := written(t, s, options)
	require.Equal(t, foreground, background)

	view := s.View()
	defer view.Close()
	for _, name := range []string{"noise", "many"} {
		var p bytes.Buffer
		out, err := rdb.NewOutput(&p, options.Options)
		require.NoError(t, err)
		yields := 0
		part := partWriter{writer: &writer{out: out, view: view, options: &options, yield: func() { yields++ }}, out: out.NewEncoder()}
		part.out.BetweenPieces(func() {
			part.turn = time.Time{} // as if it were long ago
			part.rest()
		})
		require.True(t, view.DB(0).Find(&part.value, []byte(name), 0))
		part.write([]byte(name), datatypes.Use{IdleS: rdb.Unknown, Frequency: rdb.Unknown})
		require.NoError(t, part.err)
		require.GreaterOrEqual(t, yields, 3, name)
		part.rest()
		require.Less(t, time.Since(part.turn), time.Minute, "a turn has begun")
	}
}
