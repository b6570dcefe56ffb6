package rdb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc64"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChecksum(t *testing.T) {
	require.Equal(t, uint64(0xe9c6d914c4b8d9ca), checksum(0, []byte("123456789")), "as Redis's own test has it")
	table := crc64.MakeTable(polynomial)
	random := rand.New(rand.NewPCG(5, 6))
	p := make([]byte, 10*lane)
	for i := range p {
		p[i] = byte(random.Uint32())
	}
	for range 2000 {
		q := p[:random.IntN(len(p))]
		require.Equal(t, ^crc64.Update(math.MaxUint64, table, q), checksum(0, q))
		at := random.IntN(len(q) + 1)
		require.Equal(t, checksum(0, q), joinChecksums(checksum(0, q[:at]), checksum(0, q[at:]), len(q)-at))
		require.Equal(t, checksum(0, q), checksum(checksum(0, q[:at]), q[at:]))
	}
}

func TestLZF(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var z lzf
	for round := range 3000 {
		var p []byte
		for size := random.IntN(3000); len(p) < size; {
			if len(p) > 0 && random.IntN(2) == 0 {
				from := random.IntN(len(p))
				p = append(p, p[from:min(len(p), from+random.IntN(400))]...)
			} else {
				p = append(p, byte(random.IntN(4)), byte(random.Uint32()))
			}
		}
		if round%500 == 499 {
			z.begin = 1<<31 - 1000 // where positions begin anew
		}
		out, ok := z.compress([]byte("before"), p, len(p)*2+10)
		require.True(t, ok)
		back := make([]byte, len(p))
		require.NoError(t, lzfExpand(back, out[6:]))
		require.True(t, bytes.Equal(p, back))
		require.Error(t, lzfExpand(make([]byte, len(p)+1), out[6:]))
		if len(p) > 0 {
			require.Error(t, lzfExpand(make([]byte, len(p)-1), out[6:]))
			require.Error(t, lzfExpand(back, out[6:len(out)-1]))
		}
	}
	zeros, ok := z.compress(nil, make([]byte, 1<<20), 1<<20)
	require.True(t, ok)
	require.Less(t, len(zeros), 1<<20/80)
}

func TestLZFRefuses(t *testing.T) {
	for _, broken := range []string{"00", "0161", "20", "2000", "e0", "e000", "00612001", "0061e0ff05"} {
		p, err := hex.DecodeString(broken)
		require.NoError(t, err)
		require.Error(t, lzfExpand(make([]byte, 4), p), broken)
	}
}

// gathered are the elements of a packed form as texts.
func gathered(each func([]byte, func(Element) error) error, p []byte) (texts []string, err error) {
	err = each(p, func(e Element) error {
		texts = append(texts, textOf(e))
		return nil
	})
	return texts, err
}

var limits = []int64{0, 1, 12, 13, 127, 128, 4095, 4096, 32767, 32768, 8388607, 8388608, math.MaxInt32, math.MaxInt32 + 1, math.MaxInt64}

func TestListpack(t *testing.T) {
	var texts []string
	for _, n := range limits {
		texts = append(texts, strconv.FormatInt(n, 10), strconv.FormatInt(-n, 10), strconv.FormatInt(-n-1, 10))
	}
	for _, n := range []int{0, 1, 62, 63, 64, 125, 126, 127, 128, 4094, 4095, 4096, 16380, 16381, 16382, 16383, 2097145, 2097146, 2097147} {
		texts = append(texts, strings.Repeat("x", n))
	}
	texts = append(texts, "-0", "007", "+1", "9223372036854775808", "-9223372036854775809")
	p := beginListpack(nil)
	for _, text := range texts {
		e := TextElement([]byte(text))
		before := len(p)
		p = appendElement(p, &e)
		require.Equal(t, len(p)-before, listpackBytes(&e))
		require.Equal(t, len(text), e.Len())
	}
	p = endListpack(p, 0, len(texts))
	got, err := gathered(eachOfListpack, p)
	require.NoError(t, err)
	require.Equal(t, texts, got)
	require.Equal(t, len(texts), listpackCount(p))
}

func TestZiplist(t *testing.T) {
	long := strings.Repeat("y", 300)
	p, err := hex.DecodeString("0f0000000c0000000200" + "00f3" + "02f6" + "ff")
	require.NoError(t, err)
	got, err := gathered(eachOfZiplist, p)
	require.NoError(t, err)
	require.Equal(t, []string{"2", "5"}, got)

	entries := []string{"\x05hello", "A\x2c" + long, "\x80\x00\x00\x00\x03abc", "\xc0\xff\x7f", "\xd0\x00\x00\x00\x80", "\xe0\x00\x00\x00\x00\x00\x00\x00\x80",
		"\xf0\xff\xff\x7f", "\xfe\x80", "\xf1", "\xfd"}
	p, last, before := make([]byte, ziplistHead), 0, 0
	for _, entry := range entries {
		last = len(p)
		if before < ziplistLong {
			p = append(p, byte(before))
		} else {
			p = binary.LittleEndian.AppendUint32(append(p, ziplistLong), uint32(before))
		}
		p = append(p, entry...)
		before = len(p) - last
	}
	p = append(p, packedEnd)
	binary.LittleEndian.PutUint32(p, uint32(len(p)))
	binary.LittleEndian.PutUint32(p[4:], uint32(last))
	p[8] = byte(len(entries))
	got, err = gathered(eachOfZiplist, p)
	require.NoError(t, err)
	require.Equal(t, []string{"hello", long, "abc", "32767", "-2147483648", "-9223372036854775808", "8388607", "-128", "0", "12"}, got)
	for at := range 10 { // the head says too much of everything
		broken := bytes.Clone(p)
		broken[at]++
		_, err := gathered(eachOfZiplist, broken)
		require.Error(t, err)
	}
}

func TestZipmapAndIntset(t *testing.T) {
	got, err := gathered(eachOfZipmap, []byte("\x02\x03foo\x03\x02bar..\xfe\x05\x00\x00\x00hello\x00\x00\xff"))
	require.NoError(t, err)
	require.Equal(t, []string{"foo", "bar", "hello", ""}, got)
	for _, broken := range []string{"", "\x00", "\x00\xff", "\x01\xff", "\x01\x01a\xff", "\x01\x01a\x01\xff", "\x01\x01a\x01\x00\xff", "\x02\x01a\x01\x00b\xff",
		"\x01\xff\x01\x00b\xff", "\x01\x01a\x01\x05b\xff", "\x01\xfe\xff\xff\xff\xffa\xff"} {
		_, err := gathered(eachOfZipmap, []byte(broken))
		require.Error(t, err, "%q", broken)
	}
	for _, broken := range []string{"", "\x02\x00\x00\x00\x00\x00\x00\x00", "\x02\x00\x00\x00\x01\x00\x00\x00", "\x03\x00\x00\x00\x01\x00\x00\x00abc",
		"\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x01\x00", "\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\xff\xff"} {
		require.Error(t, eachOfIntset([]byte(broken), &model{}), "%q", broken)
	}
}

func TestScores(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, " 1.5x": 1.5, "-inf": math.Inf(-1), "INFINITY": math.Inf(1), "1e400": math.Inf(1), ".5": 0.5, "5.": 5,
		"1e": 1, "1e+": 1, "-1E2": -100, "+3\x00": 3, "infin": math.Inf(1), "0x10": 0} {
		got, ok := parseScore([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "x", "nan", "-", ".", "e5", "-.e1", "in"} {
		_, ok := parseScore([]byte(text))
		require.False(t, ok, text)
	}
	random := rand.New(rand.NewPCG(9, 10))
	for range 5000 {
		score := math.Float64frombits(random.Uint64())
		if random.IntN(2) == 0 {
			score = float64(int64(random.Uint64()) >> random.IntN(64))
		}
		if math.IsNaN(score) {
			continue
		}
		e := scoreElement(score, nil)
		back := float64(e.n)
		if !e.isInt {
			back, _ = parseScore(e.text)
		}
		require.Equal(t, math.Float64bits(score), math.Float64bits(back))
		require.LessOrEqual(t, e.Len(), maxScore)
	}
}

func TestIntegers(t *testing.T) {
	for _, n := range limits {
		for _, n := range []int64{n, -n, -n - 1} {
			text := strconv.FormatInt(n, 10)
			got, ok := parseInt([]byte(text))
			require.True(t, ok)
			require.Equal(t, n, got)
			e := IntElement(n)
			require.Equal(t, len(text), e.Len())
		}
	}
	for _, text := range []string{"", "-", "-0", "00", "01", "+1", " 1", "1 ", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1a"} {
		_, ok := parseInt([]byte(text))
		require.False(t, ok, text)
	}
}

func TestMagic(t *testing.T) {
	for magic, want := range map[string]int{"REDIS0001": 1, "REDIS0012": 12, "VALKEY080": 80} {
		got, err := parseMagic([]byte(magic))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, magic := range []string{"REDIS0000", "REDIS0013", "REDIS0080", "VALKEY011", "VALKEY081", "VALKEY012", "REDIS00 1", "redis0010", "GARBAGE00"} {
		_, err := parseMagic([]byte(magic))
		require.Error(t, err, magic)
	}
}
