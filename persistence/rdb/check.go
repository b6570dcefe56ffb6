package rdb

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Checker is redis-check-rdb 7.0.15: it says the same of the same files, in the same words, and reads more versions. Where that would say
// the number of a line of its source, or that the file ends though it doesn't, the reason stands instead; and what it doesn't know stands in
// lines of its own: where the entry begins, where the file ends, both checksums, what follows the end. It passes over data of modules, as
// that does, and says that it did.
//
// It looks closer than loading does: at streams, and for members that come twice. Time is in proportion to the bytes. Memory: the largest
// packed value or element, which LZF may make 88 times as large as it is in the file; the identifiers of what waits in a group of a stream,
// about 40 bytes each; and about 100 MiB for members already seen, however many there are.
type Checker struct {
	Out io.Writer
	// NowMs, since 1970, decides which keys have expired.
	NowMs int64
	// Preamble: a log follows the file, so that it is no matter if bytes stand behind its end.
	Preamble bool
}

// What is being done, in redis-check-rdb's words.
const (
	doingStart     = "start"
	doingType      = "read-type"
	doingExpire    = "read-expire"
	doingKey       = "read-key"
	doingValue     = "read-object-value"
	doingChecksum  = "check-sum"
	doingLength    = "read-len"
	doingAux       = "read-aux"
	doingModuleAux = "read-module-aux"
	doingFunctions = "read-functions"
)

// maxMessageBytes is how long a line of redis-check-rdb is at most, but for what stands before it.
const maxMessageBytes = 1023

// Messages that are redis-check-rdb's, word by word.
const (
	messageEnds      = "Unexpected EOF reading RDB file"
	messageLibrary   = "Failed loading library, "
	messageNoFile    = "Wrong signature trying to load DB from file"
	messageVersion   = "Can't handle RDB format version"
	messageType      = "Invalid object type:"
	messageChecksum  = "RDB CRC error"
	messageUnchecked = "RDB file was saved with checksum disabled: no check performed."
)

// Check checks a file to its end, says what there is to say, and returns where the end is. The name is only said.
func (c *Checker) Check(name string, in io.Reader) (end int64, ok bool) {
	source := &counted{from: in}
	k := &check{Checker: c, r: newReader(source, ReadOptions{}), source: source, doing: doingStart, members: members{most: mostMembers}}
	k.d = &k.r.d
	k.say("Checking RDB file %s", name)
	if err := k.file(); err != nil {
		k.complain(err)
		return k.r.Offset(), false
	}
	end = k.r.Offset()
	k.say(`\o/ RDB looks OK! \o/`)
	k.counts()
	if !c.Preamble {
		k.behind()
	}
	return end, true
}

// counted counts what is read.
type counted struct {
	from io.Reader
	size int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.size += int64(n)
	return n, err
}

// check is a Checker at work on a file.
type check struct {
	*Checker
	r      *Reader
	d      *decoder
	source *counted
	doing  string

	entry    *entryChecked // the one that is being read
	database uint64
	tally    tally
	members  members
}

// entryChecked is what is known of an entry.
type entryChecked struct {
	at   int64 // where its type stands
	form byte
	t    Type
	key  []byte // if it is known
	said bool   // it is
}

// tally is what is said at the end.
type tally struct {
	keys, deadlines, expired uint64
	modules                  uint64 // values nobody can look into
	many                     uint64 // collections too large to look for members that come twice
}

// placed is an error that was noticed later than where it is.
type placed struct {
	at  int64
	err error
}

func (p *placed) Error() string { return p.err.Error() }
func (p *placed) Unwrap() error { return p.err }

// say prints a line as rdbCheckInfo does.
func (k *check) say(format string, values ...any) { k.sayAt(k.r.Offset(), format, values...) }

func (k *check) sayAt(offset int64, format string, values ...any) {
	text := fmt.Sprintf(format, values...)
	if len(text) > maxMessageBytes {
		text = text[:maxMessageBytes]
	}
	fmt.Fprintf(k.Out, "[offset %d] %s\n", offset, text)
}

func (k *check) add(format string, values ...any) {
	fmt.Fprintf(k.Out, "[additional info] "+format+"\n", values...)
}

func (k *check) info(format string, values ...any) {
	fmt.Fprintf(k.Out, "[info] "+format+"\n", values...)
}

// counts are the last lines.
func (k *check) counts() {
	k.info("%d keys read", k.tally.keys)
	k.info("%d expires", k.tally.deadlines)
	k.info("%d already expired", k.tally.expired)
	if k.tally.modules > 0 {
		k.info("%d values are data of modules, which were passed over: Cinnabar has no modules, and doesn't load such a file", k.tally.modules)
	}
	if k.tally.many > 0 {
		k.info("%d keys have more than %d elements: of those beyond nobody checked whether one comes twice", k.tally.many, k.members.most)
	}
}

// behind says what follows the end, which no server reads.
func (k *check) behind() {
	end := k.r.Offset()
	if n, _ := io.Copy(io.Discard, k.r.Rest()); n > 0 {
		k.info("%d bytes follow the end of the RDB file at offset %d", n, end)
	}
}

// complain says what is wrong, and where.
func (k *check) complain(err error) {
	offset := k.r.Offset()
	if p := (*placed)(nil); errors.As(err, &p) {
		offset = p.at
	}
	ends, sums, library := errors.Is(err, io.ErrUnexpectedEOF), (*checksumError)(nil), (*LibraryError)(nil)
	message := err.Error()
	switch {
	case errors.As(err, &library):
		message = messageLibrary + library.Text
	case ends:
		message = messageEnds
	case errors.As(err, &sums):
		message = messageChecksum
	}
	fmt.Fprintln(k.Out, "--- RDB ERROR DETECTED ---")
	k.sayAt(offset, "%s", message)
	k.add("While doing: %s", k.doing)
	if e := k.entry; e != nil {
		if e.said {
			k.add("Reading key '%s'", visible(e.key))
		}
		k.add("Reading type %d (%s)", e.form, e.t)
		k.add("The entry begins at offset %d, in DB ID %d", e.at, k.database)
	}
	if ends {
		k.add("The file ends at offset %d", k.source.size)
	}
	if sums != nil {
		k.add("The checksum of all bytes before is %016x, but the file says %016x", sums.made, sums.said)
	}
	k.counts()
}

// visible is what is shown of a text: the beginning, if it is long.
func visible(text []byte) string {
	if len(text) > maxMessageBytes {
		return escaped(text[:maxMessageBytes]) + "..."
	}
	return escaped(text)
}

// escaped is a text as it is, but for what a terminal wouldn't show, or would obey.
func escaped(text []byte) string {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		char, size := utf8.DecodeRune(text)
		if char == utf8.RuneError && size == 1 || !unicode.IsPrint(char) {
			for _, b := range text[:size] {
				out = fmt.Appendf(out, `\x%02x`, b)
			}
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	return string(out)
}

// file reads all of it.
func (k *check) file() error {
	magic, err := k.r.in.take(magicBytes)
	if err != nil {
		return err
	}
	if string(magic[:5]) != "REDIS" && string(magic[:6]) != "VALKEY" {
		return errors.New(messageNoFile)
	}
	if k.r.version, err = parseMagic(magic); err != nil {
		return wrongVersion(magic)
	}
	for {
		k.doing = doingType
		op, err := k.r.in.byte()
		if err != nil {
			return err
		}
		if op == opEnd {
			return k.end()
		}
		if err := k.part(op); err != nil {
			return err
		}
	}
}

// wrongVersion says what redis-check-rdb says of versions it doesn't know.
func wrongVersion(magic []byte) error {
	version := visible(magic[5:])
	if n, err := strconv.ParseUint(version, 10, 16); err == nil {
		version = strconv.FormatUint(n, 10)
	}
	return fmt.Errorf("%s %s", messageVersion, version)
}

// part reads what begins with a byte.
func (k *check) part(op byte) error {
	var rec Record
	switch op {
	case opDeadline, opDeadlineMs:
		k.doing = doingExpire
		return k.r.part(op, &rec)
	case opIdle, opFreq:
		return k.r.part(op, &rec)
	case opResize:
		k.doing = doingLength
		return k.r.part(op, &rec)
	case opSelect:
		k.doing = doingLength
		n, err := k.d.count()
		if err == nil {
			k.database = n
			k.say("Selecting DB ID %d", n)
		}
		return err
	case opAux:
		k.doing = doingAux
		err := k.r.part(op, &rec)
		if err == nil {
			k.say("AUX FIELD %s = '%s'", visible(rec.Name), visible(rec.Text))
		}
		k.d.free()
		return err
	case opFunction2:
		k.doing = doingFunctions
		if err := k.text(); err != nil {
			return &LibraryError{badLibrary, err}
		}
		return nil
	case opFunction:
		k.doing = doingFunctions
		return k.r.part(op, &rec)
	case opModuleAux:
		k.doing = doingModuleAux
		return k.moduleAux()
	case opSlotInfo:
		if k.r.version >= versionOfSlots {
			k.doing = doingLength
			return k.r.part(op, &rec)
		}
	}
	return k.key(op)
}

// versionOfSlots is the first version with sizes of slots.
const versionOfSlots = 11

// moduleAux passes over what a module left beside the keys.
func (k *check) moduleAux() error {
	id, err := k.d.count()
	if err != nil {
		return err
	}
	mark, err := k.d.count()
	if err == nil {
		_, err = k.d.count() // when the module wants it: before the keys or after them
	}
	switch {
	case err != nil:
		return err
	case mark != markUnsigned:
		return errors.New("bad when_opcode")
	}
	k.say("MODULE AUX for: %s", moduleName(id))
	return k.walk((*walker).module)
}

// markUnsigned stands before an unsigned integer in the data of a module.
const markUnsigned = 2

// walk passes over something.
func (k *check) walk(over func(*walker) error) error {
	w := walker{in: &k.r.in}
	err := over(&w)
	k.r.in.r += w.at
	return err
}

// key reads an entry.
func (k *check) key(op byte) error {
	at := k.r.Offset() - 1
	t, known := TypeOf(op, k.r.version)
	if !known || t.since() > max(k.r.version, oldestWritten) {
		return fmt.Errorf("%s %d", messageType, op)
	}
	k.doing, k.entry = doingKey, &entryChecked{at: at, form: op, t: t}
	key, err := k.r.string(&k.r.key)
	if err != nil {
		return err
	}
	k.doing, k.entry.key, k.entry.said = doingValue, key, true
	k.tally.keys++
	if err := k.value(t); err != nil {
		return err
	}
	if deadline := k.r.entry.DeadlineMs; deadline != NoDeadline {
		k.tally.deadlines++
		if deadline < k.NowMs {
			k.tally.expired++
		}
	}
	k.entry, k.r.entry = nil, NewEntry(nil)
	k.d.free()
	return nil
}

// end reads the checksum, if there is one.
func (k *check) end() error {
	k.doing = doingChecksum
	var rec Record
	err := k.r.end(&rec)
	switch {
	case err != nil:
		return err
	case !rec.Unchecked:
		k.say("Checksum OK")
	case k.r.version >= checksumVersion:
		k.say(messageUnchecked)
	}
	return nil
}
