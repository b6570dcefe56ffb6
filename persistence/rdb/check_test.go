package rdb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

// verdict is what a checker says of a file, taken apart.
type verdict struct {
	code    int
	before  string // up to the error, if there is one
	where   string // "[offset n]" of the error
	message string // and what it is
	after   string
}

const detected = "--- RDB ERROR DETECTED ---\n"

func verdictOf(text string, code int) verdict {
	before, rest, found := strings.Cut(text, detected)
	if !found {
		return verdict{code: code, before: text}
	}
	line, after, _ := strings.Cut(rest, "\n")
	where, message, _ := strings.Cut(line, "] ")
	return verdict{code: code, before: before, where: where, message: message, after: after}
}

// Where the two checkers differ.
var (
	// Redis's tool ends with a line of a log where it calls the error an internal one.
	logLine = regexp.MustCompile(`(?m)^\d+:C \d\d \w+ \d{4} [\d:.]+ # .*\n`)
	// Before the first key it says that it reads a string, whatever it reads.
	noTypeYet = regexp.MustCompile(`(While doing: (?:start|read-(?:type|expire|len|aux|module-aux|functions)|check-sum)\n)\[additional info\] Reading type 0 \(string\)\n`)
	// It doesn't know the names of some of its own types.
	noName = regexp.MustCompile(`\((?:unknown)?\)`)
	// We say more.
	added = regexp.MustCompile(`(?m)^\[additional info\] The (?:entry begins|file ends|checksum of) .*\n|^\[info\] \d+ (?:bytes follow|values are data of modules|keys have more).*\n`)
	// It ends a text at the first byte of zero.
	behindZero = regexp.MustCompile(`(?m)\\x00.*?( = '|'$)`)
	ownNames   = regexp.MustCompile(`\((?:module-value-v2|stream-v2)\)`)
)

// stricter are the reasons for which Cinnabar refuses what redis-check-rdb takes.
var stricter = []string{
	errNoLength.Error(),      // reads the form of a string as a length
	errScore.Error(),         // takes a score that is no number for 0
	errModuleMarks.Error(),   // passes over one byte, and goes on
	errZipmap.Error(),        // takes bytes behind the end of a zipmap
	errListpackCount.Error(), // doesn't look at it in streams
}

func theirCheck(t *testing.T, p []byte) verdict {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, p, 0o644))
	text, code := peer.Run(t, "", peer.Need(t, "redis-check-rdb"), path)
	text = strings.ReplaceAll(logLine.ReplaceAllString(text, ""), path, "NAME")
	return verdictOf(noName.ReplaceAllString(noTypeYet.ReplaceAllString(visibleLines(text), "$1"), "(?)"), code)
}

// visibleLines is what was written to a terminal as it stands in the file.
func visibleLines(text string) string {
	var out strings.Builder
	for i, line := range strings.Split(text, "\n") {
		switch {
		case i == 0:
		case line == "" || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "---"):
			out.WriteString("\n")
		default:
			out.WriteString(`\x0a`)
		}
		out.WriteString(escaped([]byte(line)))
	}
	return out.String()
}

// checked is what ours says.
func checked(p []byte, preamble bool) (text string, end int64, ok bool) {
	var out bytes.Buffer
	c := Checker{Out: &out, NowMs: time.Now().UnixMilli(), Preamble: preamble}
	end, ok = c.Check("NAME", bytes.NewReader(p))
	return out.String(), end, ok
}

func ourCheck(p []byte) verdict {
	text, _, ok := checked(p, false)
	code := 1
	if ok {
		code = 0
	}
	text = behindZero.ReplaceAllString(added.ReplaceAllString(text, ""), "$1")
	return verdictOf(ownNames.ReplaceAllString(text, "(?)"), code)
}

// requireSame compares what both say of a file. Words for what is corrupt are each its own.
func requireSame(t *testing.T, p []byte, what string) {
	t.Helper()
	theirs, ours := theirCheck(t, p), ourCheck(p)
	_, newer, _ := strings.Cut(theirs.message, messageVersion+" 1") // 11 and 12 are read here
	noNumber := strings.HasPrefix(ours.message, messageVersion) && strings.Trim(string(p[5:magicBytes]), "0123456789") != ""
	if slices.Contains(stricter, ours.message) || newer != "" && ours.message != theirs.message || noNumber { // "01x0" is version 1 there
		return
	}
	require.Equal(t, theirs.code, ours.code, "%s: theirs %+v\nours %+v", what, theirs, ours)
	said := ours.message
	if strings.HasPrefix(theirs.message, "Internal error") || theirs.message == messageEnds { // it says so of much that is there, and wrong
		ours.message = theirs.message
	}
	require.Equal(t, theirs, ours, "%s, which is %s", what, said)
}

// resummed is a file with the right checksum.
func resummed(p []byte) []byte {
	p = slices.Clone(p)
	if n := len(p) - bytesOfCRC; n > magicBytes && string(p[5:magicBytes]) >= "0005" {
		binary.LittleEndian.PutUint64(p[n:], checksum(0, p[:n]))
	}
	return p
}

// readableThere are the golden files that redis-check-rdb 7.0.15 knows the version of.
func readableThere(t testing.TB) map[string][]byte {
	files := goldenFiles(t)
	for path := range files {
		if strings.Contains(path, "v12-") {
			delete(files, path)
		}
	}
	return files
}

func TestCheckerSaysWhatRedisSays(t *testing.T) {
	for path, p := range readableThere(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			requireSame(t, p, path)
			for n := 0; n < len(p); n += 1 + len(p)/25 {
				requireSame(t, p[:n], fmt.Sprintf("cut to %d bytes", n))
			}
			requireSame(t, append(slices.Clone(p), "behind"...), "with something behind")
		})
	}
}

// What is flipped is seen in what it is, also if the checksum is right.
func TestCheckerSeesFlippedBits(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 15))
	for path, p := range readableThere(t) {
		flips := make([]int, 30)
		for i := range flips {
			flips[i] = random.IntN(8 * (len(p) - bytesOfCRC))
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			for i, bit := range flips {
				broken := slices.Clone(p)
				broken[bit/8] ^= 1 << (bit % 8)
				if i%4 > 0 {
					broken = resummed(broken)
				}
				requireSame(t, broken, fmt.Sprintf("bit %d of byte %d", bit%8, bit/8))
			}
		})
	}
}

// hand is a file of a version with parts, without a checksum.
func hand(version string, parts ...string) []byte {
	return []byte(version + strings.Join(parts, "") + "\xff" + strings.Repeat("\x00", bytesOfCRC))
}

// pieceOf is a piece of a stream under the id 1-1, with these elements.
func pieceOf(elements ...string) string {
	p := beginListpack(nil)
	for _, text := range elements {
		e := TextElement([]byte(text))
		p = appendElement(p, &e)
	}
	p = endListpack(p, 0, len(elements))
	id := strings.Repeat("\x00", 7) + "\x01"
	return "\x10" + id + id + string(appendLength(nil, uint64(len(p)))) + string(p)
}

func TestCheckerByHand(t *testing.T) {
	id, when := strings.Repeat("\x00", 15)+"\x01", strings.Repeat("\x00", 8)
	module := string(appendLength(nil, idOf("ReJSON-RL", 3)))
	long := strings.Repeat("x", 300<<10)
	group := "\x01\x01g\x01\x01" // one group, with its last id
	piece := pieceOf("1", "0", "1", "field", "0", "2", "0", "0", "value", "4")
	other := pieceOf("1", "1", "1", "field", "0", "2", "0", "0", "value", "4", "0", "0", "1", "2", "a", "b", "c", "d", "8")
	for name, p := range map[string][]byte{
		"nothing": {}, "a word": []byte("REDIS"), "another file": []byte("\x7fELF\x02\x01\x01\x00\x00\x00"), "version 0": hand("REDIS0000"),
		"version 13": hand("REDIS0013"), "version 9999": hand("REDIS9999"),
		"no checksum": hand("REDIS0010", "\xfe\x03", "\x00\x01k\x01v"), "no place for one": []byte("REDIS0004\xff"),
		"deadlines":      hand("REDIS0010", "\xfd\x01\x00\x00\x00\x00\x01a\x01v", "\xfc\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01b\x01v", "\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01c\x01v"),
		"a deadline cut": []byte("REDIS0010\xfc\x00\x00"), "idle and often used": hand("REDIS0010", "\xf8\x05\x00\x01a\x01v\xf9\x09\x00\x01b\x01v"),
		"a long fact": hand("REDIS0010", "\xfa\x01f"+string(appendLength(nil, 3000))+long[:3000]),
		"a fact cut":  []byte("REDIS0010\xfa\x03foo\x05ab"), "a library": hand("REDIS0010", "\xf5\x03abc"),
		"a library cut": []byte("REDIS0010\xf5\x05ab"), "an old library": hand("REDIS0010", "\xf6\x01n\x03LUA\x00\x04code"),
		"an old library cut 1": []byte("REDIS0010\xf6\x02n"), "an old library cut 2": []byte("REDIS0010\xf6\x01n\x03L"),
		"an old library cut 3": []byte("REDIS0010\xf6\x01n\x03LUA"), "an old library cut 4": []byte("REDIS0010\xf6\x01n\x03LUA\x01\x05d"),
		"an old library cut 5": []byte("REDIS0010\xf6\x01n\x03LUA\x01\x01d\x09code"), "a library badly packed": hand("REDIS0010", "\xf5\xc3\x01\x01a"),
		"a type of 7.2": hand("REDIS0010", "\x14\x01k\x0b\x0b\x00\x00\x00\x02\x00\x05\x01\x81a\x02\xff"), "no type": hand("REDIS0010", "\x08\x01k"),
		"a slot": hand("REDIS0010", "\xf4\x01\x01\x01"), "sizes": hand("REDIS0010", "\xfe\x00\xfb\x05\x01"), "sizes cut": []byte("REDIS0010\xfb\x05"),
		"a high database":  hand("REDIS0010", "\xfe\x81\xff\xff\xff\xff\xff\xff\xff\xfe"),
		"module data":      hand("REDIS0010", "\x07\x01k"+module+"\x02\x05\x05\x03abc\x04"+when+"\x03abcd\x01\x07\x00"),
		"old module data":  hand("REDIS0010", "\x06\x01k"+module+"\x05"),
		"facts of modules": hand("REDIS0010", "\xf7"+module+"\x02\x01\x05\x03abc\x00"), "when, wrongly": hand("REDIS0010", "\xf7"+module+"\x03\x01\x00"),
		"a set twice": hand("REDIS0010", "\x02\x01k\x02\x01a\x01a"), "an integer twice": hand("REDIS0010", "\x02\x01k\x02\xc0\x07\x017"),
		"a hash twice": hand("REDIS0010", "\x04\x01k\x02\x01a\x01b\x01a\x01c"), "values twice": hand("REDIS0010", "\x04\x01k\x02\x01a\x01b\x01c\x01b"),
		"a zset twice": hand("REDIS0010", "\x05\x01k\x02\x01a"+when+"\x01a"+when), "items twice": hand("REDIS0010", "\x01\x01k\x02\x01a\x01a"),
		"an empty set": hand("REDIS0010", "\x02\x01k\x00"), "an empty key": hand("REDIS0010", "\x02\x00\x01"),
		"a long string cut":     []byte("REDIS0010\x00\x01k\x80\x00\x10\x00\x00" + long),
		"a long item cut":       []byte("REDIS0010\x01\x01k\x02\x01a\x80\x00\x10\x00\x00" + long),
		"compressed":            hand("REDIS0010", "\x00\x01k\xc3\x05\x0b\x00a\xe0\x01\x00"),
		"compressed too far":    hand("REDIS0010", "\x00\x01k\xc3\x05\x0b\x00a\xe0\x01\x01"),
		"compressed too short":  hand("REDIS0010", "\x00\x01k\xc3\x05\x0c\x00a\xe0\x01\x00"),
		"compressed too long":   hand("REDIS0010", "\x00\x01k\xc3\x05\x0a\x00a\xe0\x01\x00"),
		"compressed and cut":    []byte("REDIS0010\x00\x01k\xc3\x05\x0b\x00a\xe0"),
		"compressed, words cut": hand("REDIS0010", "\x00\x01k\xc3\x02\x0b\x04a"),
		"a stream":              hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01\x00"),
		"other fields":          hand("REDIS0010", "\x0f\x01k\x01"+other+"\x01\x01\x01\x00"),
		"another size":          hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("1", "0", "1", "f", "0", "2", "0", "0", "v", "5")+"\x01\x01\x01\x00"),
		"more entries":          hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("0", "0", "1", "f", "0", "2", "0", "0", "v", "4")+"\x01\x01\x01\x00"),
		"fewer entries":         hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("2", "0", "1", "f", "0", "2", "0", "0", "v", "4")+"\x01\x01\x01\x00"),
		"names missing":         hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("0", "0", "3", "f", "0")+"\x01\x01\x01\x00"),
		"no integer":            hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("1", "0", "1", "f", "0", "x", "0", "0", "v", "4")+"\x01\x01\x01\x00"),
		"another end of names":  hand("REDIS0010", "\x0f\x01k\x01"+pieceOf("1", "0", "1", "f", "1", "2", "0", "0", "v", "4")+"\x01\x01\x01\x00"),
		"pieces twice":          hand("REDIS0010", "\x0f\x01k\x02"+piece+piece+"\x02\x01\x01\x00"),
		"no entries":            hand("REDIS0010", "\x0f\x01k\x00\x00\x00\x00\x00"), "entries nowhere": hand("REDIS0010", "\x0f\x01k\x00\x01\x00\x00\x00"),
		"groups twice":    hand("REDIS0010", "\x0f\x01k\x00\x00\x00\x00\x02\x01g\x00\x00\x00\x00\x01g\x00\x00\x00\x00"),
		"one waits":       hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x01"+id+when+"\x01\x01\x01c"+when+"\x01"+id),
		"for nobody":      hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x01"+id+when+"\x01\x01\x01c"+when+"\x00"),
		"waits twice":     hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x02"+id+when+"\x01"+id+when+"\x01\x00"),
		"owned twice":     hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x01"+id+when+"\x01\x01\x01c"+when+"\x02"+id+id),
		"owned by two":    hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x01"+id+when+"\x01\x02\x01c"+when+"\x01"+id+"\x01d"+when+"\x01"+id),
		"waits elsewhere": hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x00\x01\x01c"+when+"\x01"+id),
		"consumers twice": hand("REDIS0010", "\x0f\x01k\x01"+piece+"\x01\x01\x01"+group+"\x00\x02\x01c"+when+"\x00\x01c"+when+"\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireSame(t, p, name)
		})
	}
}
