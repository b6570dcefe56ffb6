package rdb

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// goldenFiles are all of testdata.
func goldenFiles(t testing.TB) map[string][]byte {
	paths, err := filepath.Glob("testdata/*.rdb")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	files := map[string][]byte{}
	for _, path := range paths {
		p, err := os.ReadFile(path)
		require.NoError(t, err)
		files[path] = p
	}
	return files
}

// brokenGolden are the files that are broken on purpose.
var brokenGolden = map[string]string{"testdata/redis-corrupt_ziplist.rdb": "ziplist"}

func TestGoldenFiles(t *testing.T) {
	for path, p := range goldenFiles(t) {
		f, err := readAll(bytes.NewReader(p), ReadOptions{}, 0)
		if said := brokenGolden[path]; said != "" {
			require.ErrorContains(t, err, said, path)
			continue
		}
		require.NoError(t, err, path)
		golden := strings.TrimSuffix(path, ".rdb") + ".txt"
		if *update {
			require.NoError(t, os.WriteFile(golden, f.words, 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		require.Equal(t, string(want), string(f.words), path)
	}
}

// However the bytes come, and whether a value is decoded as it comes or cut out first, the same is read.
func TestReadersAgree(t *testing.T) {
	for path, p := range goldenFiles(t) {
		if brokenGolden[path] != "" {
			continue
		}
		want := mustRead(t, p)
		for name, src := range map[string]io.Reader{
			"whole": bytes.NewReader(p), "halves": iotest.HalfReader(bytes.NewReader(p)), "bytes": iotest.OneByteReader(bytes.NewReader(p)),
			"the end with the last bytes": iotest.DataErrReader(bytes.NewReader(p)),
		} {
			cut := map[string]int{"whole": 1 << 20, "halves": 100, "bytes": 1000, "the end with the last bytes": 0}[name]
			f, err := readAll(src, ReadOptions{BufferBytes: 1}, cut)
			require.NoError(t, err, "%s, %s", path, name)
			require.Equal(t, string(want.words), string(f.words), "%s, %s", path, name)
		}
		checkSkips(t, path, p)
	}
}

// checkSkips passes over all values.
func checkSkips(t *testing.T, path string, p []byte) {
	r, err := NewReader(bytes.NewReader(p), ReadOptions{})
	require.NoError(t, err)
	for rec := (Record{}); rec.Op != OpEnd; {
		require.NoError(t, r.Next(&rec), path)
		if rec.Op == OpEntry {
			require.NoError(t, r.Skip(), path)
		}
	}
	require.Equal(t, int64(len(p)), r.Offset())
}

// What was cut off is missed, wherever it is cut.
func TestFilesCutShort(t *testing.T) {
	for path, p := range goldenFiles(t) {
		if brokenGolden[path] != "" {
			continue
		}
		step := 1 // a file of a few thousand bytes at every one
		if len(p) > 4000 {
			step = len(p) / 100
		}
		for n := 0; n < len(p); n += step {
			_, err := readAll(bytes.NewReader(p[:n]), ReadOptions{}, 1000*(n%2))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut to %d bytes", path, n)
			var where *Error
			require.ErrorAs(t, err, &where)
			require.LessOrEqual(t, where.Offset, int64(n))
		}
		_, err := readAll(io.MultiReader(bytes.NewReader(p[:len(p)/2]), iotest.ErrReader(errDisk)), ReadOptions{}, 0)
		require.ErrorIs(t, err, errDisk)
	}
}

var errDisk = errors.New("the disk is broken")

// Whatever a bit becomes, the answer is a value or an error, and memory stays in proportion. The checksum sees each flip.
func TestFilesWithFlippedBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for path, p := range goldenFiles(t) {
		rounds := 50
		if len(p) < 4000 {
			rounds = 2000
		}
		checked := mustCheck(p)
		before := allocated()
		for range rounds {
			broken := bytes.Clone(p)
			for range 1 + random.IntN(3) {
				broken[random.IntN(len(p))] ^= 1 << random.IntN(8)
			}
			err := goThrough(broken, ReadOptions{SkipChecksum: true}, random.IntN(2)*1000)
			if err == nil && !bytes.Equal(broken, p) && bytes.Equal(broken[:magicBytes], p[:magicBytes]) && checked {
				require.Error(t, goThrough(broken, ReadOptions{}, 0), path)
			}
		}
		used := (allocated() - before) / uint64(rounds)
		require.Less(t, used, uint64(len(p))*100+2<<20, "%s: bytes allocated for one reading", path)
	}
}

// goThrough reads a file and keeps nothing.
func goThrough(p []byte, options ReadOptions, cut int) error {
	r, err := NewReader(bytes.NewReader(p), options)
	if err != nil {
		return err
	}
	for rec := (Record{}); rec.Op != OpEnd; {
		if err := r.Next(&rec); err != nil {
			return err
		}
		if rec.Op != OpEntry {
			continue
		}
		raw, ok, err := r.AppendRaw(nil, cut)
		switch {
		case err != nil:
		case ok:
			err = Decode(rec.Type, raw, Check)
		default:
			err = r.Value(Check)
		}
		if err != nil && err != ErrEmpty {
			return err
		}
	}
	return nil
}

// mustCheck tells whether a file has a checksum.
func mustCheck(p []byte) bool {
	f, err := readAll(bytes.NewReader(p), ReadOptions{}, 0)
	return err == nil && bytes.HasSuffix(f.words, []byte("unchecked: false\n"))
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// Values that were cut out are broken in every bit, if they are short.
func TestValuesWithFlippedBits(t *testing.T) {
	p, err := os.ReadFile("testdata/v12-default.rdb")
	require.NoError(t, err)
	f, err := readAll(bytes.NewReader(p), ReadOptions{}, 600)
	require.NoError(t, err)
	tried := 0
	for _, e := range f.entries {
		if e.raw == nil {
			continue
		}
		for at := range e.raw {
			for bit := range 8 {
				broken := bytes.Clone(e.raw)
				broken[at] ^= 1 << bit
				var m model
				_ = Decode(e.t, broken, &m)
				tried++
			}
			var m model
			require.Error(t, Decode(e.t, e.raw[:at], &m), "%s %q cut to %d bytes", e.t, e.Key, at)
		}
		for t := range Type(30) { // the value of one type as another
			_ = Decode(t, e.raw, Check)
		}
		require.ErrorIs(t, Decode(e.t, append(bytes.Clone(e.raw), 0), Check), errTrailing)
	}
	require.Greater(t, tried, 10000)
}

func TestRestFollowsTheFile(t *testing.T) {
	for _, path := range []string{"testdata/redis-hash-zipmap.rdb", "testdata/v10-default.rdb"} {
		p, err := os.ReadFile(path)
		require.NoError(t, err)
		r, err := NewReader(io.MultiReader(bytes.NewReader(p), strings.NewReader("*1\r\n$4\r\nPING\r\n")), ReadOptions{})
		require.NoError(t, err)
		for rec := (Record{}); rec.Op != OpEnd; {
			require.NoError(t, r.Next(&rec))
			if rec.Op == OpEntry {
				require.NoError(t, r.Value(Check))
			}
		}
		var rec Record
		require.ErrorIs(t, r.Next(&rec), errEnded)
		rest, err := io.ReadAll(r.Rest())
		require.NoError(t, err)
		require.Equal(t, "*1\r\n$4\r\nPING\r\n", string(rest))
	}
}

// What redis-server wrote without compressing it is written byte for byte the same: nodes are filled as it fills them, scores and
// integers look as it makes them look. Only items of lists beyond 8 KiB stand alone, as 7.2 and later have it.
func TestBytesAreRedis(t *testing.T) {
	p, err := os.ReadFile("testdata/v10-packed.rdb")
	require.NoError(t, err)
	f, err := readAll(bytes.NewReader(p), ReadOptions{}, 1<<20)
	require.NoError(t, err)
	e, err := NewEncoder(Options{Version: 10})
	require.NoError(t, err)
	compared := map[Type]int{}
	for _, entry := range f.entries {
		if string(entry.Key) == "list:large" {
			continue
		}
		require.NoError(t, entry.model.write(e, nil, encodingOf(entry.t)))
		require.Equal(t, append([]byte{byte(entry.t)}, entry.raw...), e.Take(), "%s %q", entry.t, entry.Key)
		compared[entry.t]++
	}
	for _, typ := range []Type{String, ListQuicklist2, SetIntset, Set, SortedSetListpack, HashListpack, Stream2} {
		require.NotZero(t, compared[typ], typ)
	}
}
