package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// readAll reads a file's records as text, and how it ended.
func readAll(text string) (records []string, whole int64, err error) {
	r := NewReader(strings.NewReader(text), 0)
	for {
		next, err := r.Next()
		if err != nil {
			return records, r.Whole(), err
		}
		if got := text[next.Offset:next.End]; !strings.HasPrefix(got, "*") {
			return nil, 0, fmt.Errorf("record at %d is %q", next.Offset, got)
		}
		records = append(records, string(bytes.Join(next.Words, []byte(" "))))
	}
}

func TestReaderReads(t *testing.T) {
	large := strings.Repeat("x", 3*firstWordBytes+7)
	text := record("SELECT", "0") + "#TS:1234\r\n" + record("SET", "a", "") + "*1\n$4\nPING\r\n" + "#anything\n" + record("SET", "b", large) +
		record("MULTI") + record("DEL", "a") + record("exec") + "*2 more\r\n$1x\r\na\r\n$1\r\nb\r\n"
	records, whole, err := readAll(text)
	require.Equal(t, io.EOF, err)
	require.EqualValues(t, len(text), whole)
	require.Equal(t, []string{"SELECT 0", "SET a ", "PING", "SET b " + large, "MULTI", "DEL a", "exec", "a b"}, records)

	r := NewReader(iotest.OneByteReader(strings.NewReader(text)), 100)
	var inside []bool
	for {
		next, err := r.Next()
		if err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
		require.EqualValues(t, text[next.Offset-100:next.Offset-99], "*")
		inside = append(inside, next.Inside)
	}
	require.Equal(t, []bool{false, false, false, false, false, true, false, false}, inside)
	require.EqualValues(t, 1234, r.Stamp())
	require.EqualValues(t, len(text)+100, r.Whole())
	require.EqualValues(t, len(text)+100, r.Offset())
}

func TestReaderTellsThePreamble(t *testing.T) {
	for text, want := range map[string]bool{"REDIS0010...": true, "REDI": false, "": false, record("SET", "REDIS", "1"): false} {
		r := NewReader(strings.NewReader(text), 0)
		got, err := r.HasPreamble()
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
}

// TestReaderOfEveryBeginning cuts a file at every byte: what is left is good up to the last whole unit.
func TestReaderOfEveryBeginning(t *testing.T) {
	units := []string{record("SELECT", "0"), record("SET", "a", "1\r\n2"), record("MULTI") + record("INCR", "a") + record("EXEC"), record("DEL", "a")}
	text := strings.Join(units, "")
	for size := range len(text) + 1 {
		good := 0
		for i := range units {
			if end := len(strings.Join(units[:i+1], "")); end <= size {
				good = end
			}
		}
		_, whole, err := readAll(text[:size])
		require.EqualValues(t, good, whole)
		if size == good {
			require.Equal(t, io.EOF, err)
			continue
		}
		var torn *TornError
		require.ErrorAs(t, err, &torn, "cut at %d", size)
		require.EqualValues(t, good, torn.Offset)
		require.Contains(t, []Kind{Cut, OpenTransaction}, torn.Kind)
		for _, tail := range []string{strings.Repeat("\x00", 5000), "\x00", "garbage *3 $4\r\n", strings.Repeat("*1\n$1\n", 9000)} {
			_, whole, err := readAll(text[:size] + tail)
			require.EqualValues(t, good, whole)
			require.ErrorAs(t, err, &torn, "cut at %d, then %.20q", size, tail)
			require.EqualValues(t, good, torn.Offset)
		}
	}
}

func TestReaderJudges(t *testing.T) {
	good := record("SELECT", "0")
	huge := record("SET", "a", strings.Repeat("v", searchRecordBytes))
	tests := []struct {
		name, bad string
		torn      bool
		kind      Kind
	}{
		{"zeros", "\x00\x00", true, Zeros},
		{"zeros in a word", "*1\r\n$100\r\nabc" + strings.Repeat("\x00", 500), true, Zeros},
		{"many zeros", strings.Repeat("\x00", 2*searchWindowBytes+3), true, Zeros},
		{"garbage", "xyz", true, Garbage},
		{"garbage and zeros", "xyz\x00\x00", true, Garbage},
		{"half a record after garbage", "xyz\r\n*2\r\n$3\r\nDEL\r\n$1\r\n", true, Garbage},
		{"a bad end", "*1\r\n$1\r\naXX", true, Garbage},
		{"a record after garbage", "xyz" + record("DEL", "a"), false, 0},
		{"a record after much garbage", strings.Repeat("x", 3*searchWindowBytes-20) + record("DEL", "a"), false, 0},
		{"a record across windows", strings.Repeat("x", searchWindowBytes-10) + record("DEL", "a") + strings.Repeat("y", searchWindowBytes), false, 0},
		{"a record after zeros", strings.Repeat("\x00", 4096) + record("DEL", "a"), false, 0},
		{"a record too large to count", "xyz" + huge, true, Garbage},
		{"no words", "*0\r\n" + record("DEL", "a"), false, 0},
		{"negative", "*-1\r\n" + record("DEL", "a"), false, 0},
		{"no number", "*\r\n", true, Garbage},
		{"too many words", "*99999999999999999999\r\n", true, Garbage},
		{"a word's length without number", "*1\r\n$-1\r\n" + record("DEL", "a"), false, 0},
		{"more than can be", "*1\r\n$999999999999999\r\nab", true, Cut},
		{"MULTI in MULTI", record("MULTI") + record("MULTI"), false, 0},
		{"EXEC alone", record("EXEC"), false, 0},
		{"a long header", "*1" + strings.Repeat(" ", 2000) + "\r\n$1\r\na\r\n", true, Garbage},
		{"an open transaction", record("MULTI") + record("DEL", "a"), true, OpenTransaction},
		{"half an annotation", "#TS:12", true, Cut},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			records, whole, err := readAll(good + test.bad)
			require.NotEmpty(t, records)
			require.EqualValues(t, len(good), whole)
			var torn *TornError
			var format *FormatError
			if test.torn {
				require.ErrorAs(t, err, &torn)
				require.Equal(t, TornError{test.kind, int64(len(good)), int64(len(good))}, *torn)
				require.Contains(t, torn.Error(), "offset 23")
			} else {
				require.ErrorAs(t, err, &format)
				require.EqualValues(t, len(good), format.Whole)
				require.GreaterOrEqual(t, format.Offset, int64(len(good)))
			}
		})
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	text := record("SET", "a", "b")
	for size := range len(text) {
		r := NewReader(io.MultiReader(strings.NewReader(text[:size]), iotest.ErrReader(broken)), 0)
		_, err := r.Next()
		require.ErrorIs(t, err, broken)
		_, again := r.Next()
		require.Equal(t, err, again)
	}
	r := NewReader(io.MultiReader(strings.NewReader("bad"), iotest.ErrReader(broken)), 0)
	_, err := r.Next()
	require.ErrorIs(t, err, broken, "a file that can't be read is not torn")
}

// TestReaderMemory: claims of a file cost nothing.
func TestReaderMemory(t *testing.T) {
	r := NewReader(strings.NewReader("*2000000000\r\n$2000000000\r\nx"), 0)
	_, err := r.Next()
	require.Error(t, err)
	require.LessOrEqual(t, cap(r.arena), 2*firstWordBytes)
	require.LessOrEqual(t, cap(r.words), 8)
}

func TestTexts(t *testing.T) {
	torn := &TornError{Kind: OpenTransaction, Offset: 7}
	before, after := TruncationLines(torn, "f")
	require.Equal(t, []string{"Revert incomplete MULTI/EXEC transaction in AOF file f", "!!! Warning: short read while loading the AOF file f!!!", "!!! Truncating the AOF f at offset 7 !!!"}, before)
	require.Equal(t, "AOF f loaded anyway because aof-load-truncated is enabled", after)
	require.Contains(t, RefusalLine(torn, "f"), "Unexpected end of file reading the append only file f. You can: 1) Make")
	require.Contains(t, RefusalLine(&TornError{Kind: Zeros}, "f"), "Bad file format reading the append only file f: make a backup")
	require.Contains(t, RefusalLine(&FormatError{}, "f"), "Bad file format")
	require.Equal(t, "Unrecoverable error reading the append only file f: Unexpected EOF", RefusalLine(io.ErrUnexpectedEOF, "f"))
}

// FuzzReader: whatever a file holds, what comes out of it is what went in, in however small pieces it is read; its whole units are good, and no
// error is of a third kind.
func FuzzReader(f *testing.F) {
	f.Add([]byte(record("SELECT", "0") + "#TS:12\r\n" + record("SET", "a", "b")))
	f.Add([]byte(record("MULTI") + record("SET", "a", "b") + record("EXEC")))
	f.Add([]byte(record("MULTI") + "\x00\x00\x00"))
	f.Add([]byte("*1\r\n$999999999999\r\nabc"))
	f.Add([]byte("*1\r\n$1\r\naXX" + record("DEL", "a")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, pieces := NewReader(bytes.NewReader(data), 0), NewReader(iotest.OneByteReader(bytes.NewReader(data)), 0)
		var again []byte
		var err error
		for {
			var next Record
			next, err = r.Next()
			same, sameErr := pieces.Next()
			require.Equal(t, sameErr, err)
			if err != nil {
				break
			}
			require.Equal(t, same, next)
			require.LessOrEqual(t, next.End, int64(len(data)))
			again = AppendRecord(again, next.Words)
		}
		var torn *TornError
		var format *FormatError
		switch {
		case err == io.EOF:
			require.LessOrEqual(t, r.Whole(), int64(len(data)))
		case errors.As(err, &torn):
			require.Equal(t, r.Whole(), torn.Offset)
			_, whole, err := readAll(string(data[:torn.Offset]))
			require.Equal(t, io.EOF, err, "what is whole reads cleanly")
			require.EqualValues(t, torn.Offset, whole)
		default:
			require.ErrorAs(t, err, &format)
		}
		records, _, _ := readAll(string(again))
		require.Equal(t, len(records) > 0, len(again) > 0)
	})
}
