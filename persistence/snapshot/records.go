package snapshot

import (
	"io"
	"math"
	"strconv"

	"github.com/cinnabar-db/cinnabar/datatypes"
	"github.com/cinnabar-db/cinnabar/datatypes/packed"
)

const (
	// recordItems is how many elements, members or fields one command brings at most.
	recordItems = 64
	// recordsBuffer is from how many bytes on what is gathered is written, recordsProgress how many keys lie between two calls of progress.
	recordsBuffer   = 64 << 10
	recordsProgress = 128
)

// RecordOptions say what WriteRecords writes beside the keys.
type RecordOptions struct {
	// StampS is the time of an annotation that comes first, 0 for none.
	StampS int64
	// Libraries are the functions' code.
	Libraries [][]byte
	// Progress is called now and then with the number of keys written since its last call; an error breaks the writing off and is returned. It
	// may be nil.
	Progress func(keys int) error
}

// WriteRecords writes a view of all databases as commands, the base of a log without a dump in it (aof-use-rdb-preamble no): FUNCTION LOAD, then
// SET, RPUSH, SADD, ZADD and HMSET with up to 64 elements each, ECHO of a string's note, PEXPIREAT, and HPEXPIREAT for each field that has a deadline, behind SELECT.
// Deadlines that have come are written like others.
func WriteRecords(w io.Writer, view *datatypes.View, databases int, options RecordOptions) error {
	r := &recorder{out: w, progress: options.Progress}
	if options.StampS != 0 {
		r.buf = append(strconv.AppendInt(append(r.buf, "#TS:"...), options.StampS, 10), '\r', '\n')
	}
	for _, code := range options.Libraries {
		r.begin("FUNCTION", 2)
		r.word([]byte("LOAD"))
		r.word(code)
	}
	for index := range databases {
		db := view.DB(index)
		if db.Len() == 0 {
			continue
		}
		r.begin("SELECT", 1)
		r.int(int64(index))
		db.Range(func(key []byte, e datatypes.Entry) bool {
			r.key(key, &e)
			return r.err == nil
		})
	}
	r.flush()
	r.tell()
	return r.err
}

// recorder gathers commands. After an error it does nothing more.
type recorder struct {
	out      io.Writer
	buf      []byte
	progress func(keys int) error
	keys     int // since progress was called
	err      error
	text     []byte // of the item being written
	// command, name and left are of the collection being written; open counts the items that the command begun still takes.
	command    string
	name       []byte
	left, open int
	wordsEach  int
}

func (r *recorder) key(key []byte, e *datatypes.Entry) {
	switch e.Kind() {
	case datatypes.KindString:
		r.string(key, e)
	case datatypes.KindList:
		elements := e.List()
		r.collection("RPUSH", key, elements.Len(), 1)
		elements.Range(0, elements.Len(), func(it packed.Item) bool { return r.next() && r.item(&it) })
	case datatypes.KindSet:
		members := e.Set()
		r.collection("SADD", key, members.Len(), 1)
		members.Each(func(it packed.Item) bool { return r.next() && r.item(&it) })
	case datatypes.KindSortedSet:
		members := e.SortedSet()
		r.collection("ZADD", key, members.Len(), 2)
		members.Each(func(it packed.Item, score float64) bool { return r.next() && r.score(score) && r.item(&it) })
	case datatypes.KindHash:
		r.hash(key, e)
	}
	if e.DeadlineMs() != datatypes.NoDeadline {
		r.begin("PEXPIREAT", 2)
		r.word(key)
		r.int(e.DeadlineMs())
	}
	if r.keys++; r.keys >= recordsProgress {
		r.tell()
	}
}

func (r *recorder) string(key []byte, e *datatypes.Entry) {
	r.begin("SET", 2)
	r.word(key)
	r.header('$', e.StringLen())
	e.StringRange(0, e.StringLen(), func(piece []byte) bool {
		r.raw(piece)
		return r.err == nil
	})
	r.buf = append(r.buf, '\r', '\n')
	if note := e.Note(); note.Lasting() {
		r.text = AppendNoteWord(r.text[:0], key, &note)
		r.begin("ECHO", 1)
		r.word(r.text)
	}
}

func (r *recorder) hash(key []byte, e *datatypes.Entry) {
	fields, deadlines := e.Hash(), false
	r.collection("HMSET", key, fields.Len(), 2)
	fields.All(func(field, value packed.Item, deadlineMs int64) bool {
		deadlines = deadlines || deadlineMs != datatypes.NoDeadline
		return r.next() && r.item(&field) && r.item(&value)
	})
	if !deadlines {
		return
	}
	fields.All(func(field, _ packed.Item, deadlineMs int64) bool {
		if deadlineMs != datatypes.NoDeadline {
			r.begin("HPEXPIREAT", 5)
			r.word(key)
			r.int(deadlineMs)
			r.word([]byte("FIELDS"))
			r.int(1)
			r.item(&field)
		}
		return r.err == nil
	})
}

// collection begins the commands that make a collection of so many elements, of wordsEach words each.
func (r *recorder) collection(command string, key []byte, count, wordsEach int) {
	r.command, r.name, r.left, r.open, r.wordsEach = command, key, count, 0, wordsEach
}

// next begins an element, in another command if the last one is full.
func (r *recorder) next() bool {
	if r.open == 0 {
		r.open = min(r.left, recordItems)
		r.begin(r.command, 1+r.open*r.wordsEach)
		r.word(r.name)
	}
	r.open--
	r.left--
	return r.err == nil
}

// begin begins a command of so many words beside its name.
func (r *recorder) begin(command string, words int) {
	if len(r.buf) >= recordsBuffer {
		r.flush()
	}
	r.header('*', 1+words)
	r.word([]byte(command))
}

func (r *recorder) header(kind byte, n int) {
	r.buf = append(strconv.AppendInt(append(r.buf, kind), int64(n), 10), '\r', '\n')
}

func (r *recorder) word(word []byte) {
	r.header('$', len(word))
	r.raw(word)
	r.buf = append(r.buf, '\r', '\n')
}

func (r *recorder) int(n int64) {
	r.text = strconv.AppendInt(r.text[:0], n, 10)
	r.word(r.text)
}

func (r *recorder) item(it *packed.Item) bool {
	r.text = it.AppendTo(r.text[:0])
	r.word(r.text)
	return r.err == nil
}

// score writes a number such that strtod reads the same one.
func (r *recorder) score(score float64) bool {
	switch {
	case math.IsInf(score, 1):
		r.text = append(r.text[:0], "inf"...)
	case math.IsInf(score, -1):
		r.text = append(r.text[:0], "-inf"...)
	default:
		r.text = strconv.AppendFloat(r.text[:0], score, 'g', -1, 64)
	}
	r.word(r.text)
	return r.err == nil
}

// raw adds bytes; many go on their way at once.
func (r *recorder) raw(bytes []byte) {
	if len(bytes) < recordsBuffer {
		r.buf = append(r.buf, bytes...)
		return
	}
	r.flush()
	r.write(bytes)
}

func (r *recorder) flush() {
	r.write(r.buf)
	r.buf = r.buf[:0]
}

func (r *recorder) write(bytes []byte) {
	if r.err == nil && len(bytes) > 0 {
		_, r.err = r.out.Write(bytes)
		yieldProcessor() // to those who are served meanwhile
	}
}

func (r *recorder) tell() {
	if r.err == nil && r.progress != nil {
		r.err = r.progress(r.keys)
	}
	r.keys = 0
}
