package commands

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/server/resp"
)

// bitServer is as much of a server as the bitmap commands need.
type bitServer struct {
	Client
	Keyspace
	store   *datatypes.Store
	inPlace int
	reply   resp.Writer
	call    Call
	rows    map[string]Row
}

func newBitServer() *bitServer {
	s := &bitServer{store: datatypes.NewStore(1), inPlace: 2000, rows: map[string]Row{}}
	for _, row := range BitmapRows() {
		s.rows[row.Name] = row
	}
	return s
}

func (s *bitServer) Database() int                   { return 0 }
func (s *bitServer) DB(index int) *datatypes.DB      { return s.store.DB(index) }
func (s *bitServer) LastLook() *datatypes.LastLook   { return nil }
func (s *bitServer) Edit(index int) datatypes.Editor { return s.store.Edit(index) }
func (s *bitServer) InPlace() int                    { return s.inPlace }
func (s *bitServer) MaxBulk() int64                  { return 512 << 20 }
func (s *bitServer) Stopping() bool                  { return false }
func (s *bitServer) Unread(*resp.Writer) bool        { return false }

// Expire deletes at once, as in the section.
func (s *bitServer) Expire(index int, key []byte) bool { return s.store.Edit(index).Delete(key) }

// OnView runs the rest at once.
func (s *bitServer) OnView(c *Call, rest func(*Call, datatypes.Reader)) {
	view := s.store.View()
	defer view.Close()
	rest(c, view.DB(0))
}

// Derive builds on a view and stores at once.
func (s *bitServer) Derive(c *Call, d Derivation) {
	view := s.store.View()
	d.Build(c, view.DB(0))
	view.Close()
	d.Store(c)
}

// do runs a command; reply has its answer.
func (s *bitServer) do(row *Row, args [][]byte) {
	s.reply.Reset()
	s.call.Begin(nil, args, 1)
	s.call.Reply, s.call.Client, s.call.Keys = &s.reply, s, s
	row.Handler(&s.call)
}

// ask runs a command given as text and returns its reply.
func (s *bitServer) ask(text string) string {
	words := bytes.Fields([]byte(text))
	row := s.rows[strings.ToLower(string(words[0]))]
	s.do(&row, words)
	return string(bytes.Join(s.reply.Segments(nil, 1<<20), nil))
}

// bitsOf are the bits of a string, one a byte.
func bitsOf(value []byte) []byte {
	var all []byte
	for _, b := range value {
		all = fmt.Appendf(all, "%08b", b)
	}
	return all
}

// bitStrings are strings kept in every way there is: digits, in a page, in a block, in chunks.
func bitStrings() [][]byte {
	random := rand.New(rand.NewPCG(3, 4))
	values := [][]byte{{}, []byte("12"), []byte("-9223372036854775808"), {0}, {0xff}}
	for _, size := range []int{3, 8, 31, 32, 33, 100, 300, 5000, 65536, 65537, 140000} {
		for _, kind := range []byte{0, 0xff, 1} {
			value := bytes.Repeat([]byte{kind}, size)
			if kind == 1 {
				for i := range value {
					value[i] = byte(random.Uint32())
				}
			}
			values = append(values, value)
			edge := bytes.Clone(value)
			edge[size-1] ^= 0x10
			values = append(values, edge)
		}
	}
	return values
}

// spans are some runs of bits of a string.
func spans(random *rand.Rand, total int) [][2]int {
	some := [][2]int{{0, total - 1}, {0, 0}, {total - 1, total - 1}, {0, 7}, {1, total - 2}}
	for range 12 {
		from := random.IntN(total)
		some = append(some, [2]int{from, from + random.IntN(total-from)})
	}
	for range 4 {
		from := max(0, total-random.IntN(200)-1)
		some = append(some, [2]int{from, from + random.IntN(total-from)})
	}
	return some
}

// TestRangesOfBits counts and searches as one would bit by bit, in place and on a view.
func TestRangesOfBits(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, inPlace := range []int{2000, -1} {
		s := newBitServer()
		s.inPlace = inPlace
		for _, value := range bitStrings() {
			s.store.Edit(0).SetString([]byte("k"), value, datatypes.NoDeadline)
			all := bitsOf(value)
			if len(all) == 0 {
				continue
			}
			for _, span := range spans(random, len(all)) {
				if span[0] > span[1] {
					continue
				}
				part := all[span[0] : span[1]+1]
				about := fmt.Sprintf("%d bytes, bits %v", len(value), span)
				require.Equal(t, fmt.Sprintf(":%d\r\n", bytes.Count(part, []byte("1"))),
					s.ask(fmt.Sprintf("BITCOUNT k %d %d BIT", span[0], span[1])), about)
				for _, bit := range []string{"0", "1"} {
					want := bytes.IndexByte(part, bit[0])
					if want >= 0 {
						want += span[0]
					}
					require.Equal(t, fmt.Sprintf(":%d\r\n", want),
						s.ask(fmt.Sprintf("BITPOS k %s %d %d BIT", bit, span[0], span[1])), about)
				}
			}
		}
	}
}

// TestFirstOne finds one bit wherever it is.
func TestFirstOne(t *testing.T) {
	for size := range 80 {
		p := make([]byte, size)
		require.Equal(t, -1, firstOne(p, 0))
		for bit := range size * 8 {
			p[bit/8] = 0x80 >> (bit % 8)
			require.Equal(t, bit, firstOne(p, 0))
			require.Equal(t, 1, countOnes(p))
			notBytes(p)
			require.Equal(t, bit, firstOne(p, ^uint64(0)))
			require.Equal(t, size*8-1, countOnes(p))
			p = make([]byte, size)
		}
	}
}

// TestBitsOfALongValue writes a bit of a value that a view sees too: no more than the chunk concerned is copied.
func TestBitsOfALongValue(t *testing.T) {
	s := newBitServer()
	s.store.Edit(0).AdoptString([]byte("k"), make([]byte, 8<<20), datatypes.NoDeadline)
	view := s.store.View()
	for range 100 {
		s.ask("SETBIT k 40000001 1")
		s.ask("BITFIELD k SET i64 40000100 -1 INCRBY u8 40000300 3")
	}
	require.LessOrEqual(t, s.store.Memory().Displaced, int64(2*64<<10))
	require.Equal(t, ":0\r\n", func() string { // the view has kept what it saw
		var e datatypes.Entry
		require.True(t, view.DB(0).Find(&e, []byte("k"), 0))
		return fmt.Sprintf(":%d\r\n", s.call.countSpan(&e, bitSpan{0, 8 << 23}))
	}())
	view.Close()
	require.Equal(t, ":68\r\n", s.ask("BITCOUNT k"))
}

// TestWritesOfBitsLeaveRawStrings changes nothing, and yet the string is kept as its bytes from then on, with its deadline; what BITOP
// stores never expires.
func TestWritesOfBitsLeaveRawStrings(t *testing.T) {
	s := newBitServer()
	encoding := func(key string, deadlineMs int64) string {
		var e datatypes.Entry
		require.True(t, s.DB(0).Find(&e, []byte(key), 1))
		require.Equal(t, deadlineMs, e.DeadlineMs())
		return e.Encoding()
	}
	for _, text := range []string{"SETBIT k 0 0", "BITFIELD k SET u8 0 49", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 900"} {
		for _, value := range []string{"12", "1b"} {
			s.store.Edit(0).SetString([]byte("k"), []byte(value), 5000)
			require.NotEqual(t, "raw", encoding("k", 5000))
			s.ask(text)
			require.Equal(t, "raw", encoding("k", 5000), "%s of %s", text, value)
			require.Zero(t, s.call.Effects.Changes, text)
		}
	}
	s.store.Edit(0).SetString([]byte("d"), []byte("other"), 5000)
	require.Equal(t, ":2\r\n", s.ask("BITOP OR d k"))
	require.Equal(t, "raw", encoding("d", datatypes.NoDeadline))
}

// hotBits are the commands that allocate nothing.
var hotBits = []string{"SETBIT k 77 1", "SETBIT k 78 0", "GETBIT k 77", "BITCOUNT k 0 100", "BITPOS k 1 0 100 BIT",
	"BITFIELD k GET u8 3 INCRBY i64 70 1 OVERFLOW FAIL SET u16 #3 99999", "BITFIELD_RO k GET u8 3", "BITOP OR d k small"}

// TestBitsAllocateNothing runs each again and again.
func TestBitsAllocateNothing(t *testing.T) {
	s := newBitServer()
	ed := s.store.Edit(0)
	ed.SetString([]byte("small"), []byte("some text"), datatypes.NoDeadline)
	for _, size := range []int{100, 1000, 100000} {
		ed.SetString([]byte("k"), make([]byte, size), datatypes.NoDeadline)
		for _, text := range hotBits {
			if size > smallResult && strings.HasPrefix(text, "BITOP") {
				continue
			}
			words := bytes.Fields([]byte(text))
			row := s.rows[strings.ToLower(string(words[0]))]
			s.do(&row, words)
			require.Zero(t, testing.AllocsPerRun(100, func() { s.do(&row, words) }), "%s, %d bytes", text, size)
		}
	}
	ed.SetString([]byte("k"), []byte("12345"), datatypes.NoDeadline)
	row, words := s.rows["getbit"], bytes.Fields([]byte("GETBIT k 7"))
	require.Zero(t, testing.AllocsPerRun(100, func() { s.do(&row, words) }), "of an integer")
}

func BenchmarkBits(b *testing.B) {
	for _, size := range []int{16, 4 << 10, 64 << 10, 16 << 20} {
		for _, text := range []string{"SETBIT k 77 1", "GETBIT k 77", "BITCOUNT k", "BITPOS k 1",
			"BITFIELD k INCRBY u16 33 1", "BITOP AND d k k2", "BITOP XOR d k k2 k2", "BITOP NOT d k"} {
			b.Run(strings.ReplaceAll(text, " ", "_")+"/"+strconv.Itoa(size), func(b *testing.B) {
				s := newBitServer()
				s.store.Edit(0).AdoptString([]byte("k"), make([]byte, size), datatypes.NoDeadline)
				s.store.Edit(0).AdoptString([]byte("k2"), make([]byte, size), datatypes.NoDeadline)
				words := bytes.Fields([]byte(text))
				row := s.rows[strings.ToLower(string(words[0]))]
				b.ReportAllocs()
				if strings.HasPrefix(text, "BITC") || strings.HasPrefix(text, "BITP") || strings.HasPrefix(text, "BITO") {
					b.SetBytes(int64(size))
				}
				for b.Loop() {
					s.do(&row, words)
				}
			})
		}
	}
}
