package aof

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/cinnabar-db/cinnabar/conf"
	"github.com/cinnabar-db/cinnabar/persistence/vfs"
)

// Checker is redis-check-aof 7.0.15: it says the same of the same files, in the same words, and changes them likewise. The differences: a
// file that is merely checked need not be writable; a length that no memory could hold is no reason to stop; and TruncateTo cuts before a
// transaction, not inside it.
//
// It looks at records as redis-check-aof does, more closely than the loading: CRLF after each header, and no garbage behind the numbers.
// Memory: a few KiB, whatever the file.
type Checker struct {
	System vfs.FS
	Out    io.Writer
	// Log is given what Redis's tool prints in the format of the log: what is wrong with a manifest. Without it, that goes to Out.
	Log func(message string)
	// RDB checks the RDB file that a file begins with, says so on Out, and returns where it ends.
	RDB func(name string, in io.Reader) (end int64, ok bool)
	// Fix cuts the end of the last file off where it is bad, once Agree says yes.
	Fix   bool
	Agree func() bool
	// TruncateTo, in seconds, cuts the last file where its annotations pass that time; 0: nowhere.
	TruncateTo int64

	// lines counts line ends over all files, from 1, and wrong is the last thing wrong, as Redis's tool has it.
	lines int64
	wrong string
}

// errStop ends a check with exit code 1; what there is to say has been said.
var errStop = errors.New("the check ends")

// checked is what came of a file.
type checked int

const (
	checkedGood checked = iota
	checkedEmpty
	checkedFixed
	checkedTruncated // to TruncateTo
)

// Check checks a manifest and all it names, or a single file, and returns the exit code. An error is one of the disk that Redis's tool
// would not tell.
func (c *Checker) Check(path string) (code int, err error) {
	c.lines, c.wrong = 1, ""
	err = c.check(path)
	if err == errStop {
		return 1, nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

func (c *Checker) check(path string) error {
	isManifest, err := c.isManifest(path)
	if err != nil {
		return err
	}
	if isManifest {
		return c.checkManifest(path)
	}
	rdb, err := c.isRDB(path)
	if err != nil {
		return err
	}
	c.say("Start checking Old-Style AOF\n")
	return c.checkFile(checkedFile{name: path, path: path, last: true, rdb: rdb}, "")
}

func (c *Checker) say(format string, values ...any) { fmt.Fprintf(c.Out, format, values...) }

// stop says the last words.
func (c *Checker) stop(format string, values ...any) error {
	c.say(format, values...)
	return errStop
}

// open opens a file for a look at its kind.
func (c *Checker) open(path string) (file vfs.File, size int64, err error) {
	file, err = c.System.Open(path)
	if err != nil {
		return nil, 0, c.stop("Cannot open file %s: %s\n", path, conf.Reason(err))
	}
	if size, err = file.Size(); err != nil {
		file.Close()
		return nil, 0, c.stop("Cannot stat file: %s\n", path)
	}
	return file, size, nil
}

// isManifest tells whether a line of the file begins with "file", which is all that Redis's tool asks, of files of any size.
func (c *Checker) isManifest(path string) (bool, error) {
	file, size, err := c.open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	in := bufio.NewReader(io.NewSectionReader(file, 0, size))
	for {
		line, err := gets(in, maxManifestLine)
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, c.stop("Cannot read file: %s\n", path)
		case strings.HasPrefix(line, "file"):
			return true, nil
		}
	}
}

// gets is C's fgets: a line with its end, or as many bytes of it.
func gets(in *bufio.Reader, most int) (string, error) {
	line, err := in.Peek(min(most, in.Size()))
	if len(line) == 0 {
		return "", err
	}
	text := string(line)
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i+1]
	}
	_, err = in.Discard(len(text))
	return text, err
}

// isRDB tells whether a file begins with an RDB file.
func (c *Checker) isRDB(path string) (bool, error) {
	file, size, err := c.open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	if size < int64(len(rdbMagic)+4) { // no room for the version
		return false, nil
	}
	magic := make([]byte, len(rdbMagic))
	_, err = file.ReadAt(magic, 0)
	return err == nil && string(magic) == rdbMagic, nil
}

// checkManifest checks all files of a log.
func (c *Checker) checkManifest(path string) error {
	c.say("Start checking Multi Part AOF\n")
	text, err := c.manifestText(path)
	if err != nil {
		return err
	}
	manifest, err := ParseManifest(text)
	var wrong *ManifestError
	if errors.As(err, &wrong) {
		for _, line := range wrong.Lines() {
			c.log(line)
		}
		return errStop
	}
	files := manifest.Files()
	for i, info := range files {
		file := checkedFile{name: info.Name, path: besides(path, info.Name), last: i == len(files)-1}
		kind := "INCR "
		if info.Type == Base {
			kind = "BASE "
			if file.rdb, err = c.isRDB(file.path); err != nil {
				return err
			}
			format := "RESP"
			if file.rdb {
				format = "RDB"
			}
			c.say("Start to check BASE AOF (%s format).\n", format)
		} else if i == 0 || files[i-1].Type == Base {
			c.say("Start to check INCR files.\n")
		}
		if err := c.checkFile(file, kind); err != nil {
			return err
		}
	}
	c.say("All AOF files and manifest are valid\n")
	return nil
}

// largestManifest is far more than any has. What is larger is a log with a line that looks like one of a manifest; where a manifest is wrong
// shows in what it begins with.
const largestManifest = 16 << 20

func (c *Checker) manifestText(path string) ([]byte, error) {
	file, size, err := c.open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.NewSectionReader(file, 0, min(size, largestManifest)))
}

// besides is the path of a file in the manifest's folder, which is "." for a bare name, as dirname has it.
func besides(manifest, name string) string {
	dir := filepath.Dir(manifest)
	if strings.HasSuffix(dir, string(filepath.Separator)) {
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}

func (c *Checker) log(message string) {
	if c.Log != nil {
		c.Log(message)
		return
	}
	c.say("%s\n", message)
}

// checkedFile is a file to check.
type checkedFile struct {
	name, path string // as it is called, and where it is
	last       bool   // it may be cut
	rdb        bool   // it begins with an RDB file
}

// checkFile checks a file and says what came of it; kind stands before "AOF".
func (c *Checker) checkFile(f checkedFile, kind string) error {
	result, err := c.examine(f)
	if err != nil {
		return err
	}
	switch result {
	case checkedGood:
		c.say("%sAOF %s is valid\n", kind, f.name)
	case checkedEmpty:
		c.say("%sAOF %s is empty\n", kind, f.name)
	case checkedTruncated:
		c.say("Successfully truncated AOF %s to timestamp %d\n", f.name, c.TruncateTo)
	case checkedFixed:
		c.say("Successfully truncated AOF %s\n", f.name)
	}
	return nil
}

// examine reads a file and cuts it, if it is to.
func (c *Checker) examine(f checkedFile) (checked, error) {
	file, err := c.System.Open(f.path)
	if err != nil {
		return 0, c.stop("Cannot open file %s: %s, aborting...\n", f.path, conf.Reason(err))
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return 0, c.stop("Cannot stat file: %s, aborting...\n", f.name)
	}
	if size == 0 {
		return checkedEmpty, nil
	}
	s := scan{checker: c, file: f}
	if f.rdb {
		end, ok := c.RDB(f.name, io.NewSectionReader(file, 0, size))
		if !ok {
			return 0, c.stop("RDB preamble of AOF file is not sane, aborting.\n")
		}
		c.say("RDB preamble is OK, proceeding with AOF tail...\n")
		s.offset = end
	}
	s.in = bufio.NewReaderSize(io.NewSectionReader(file, s.offset, size-s.offset), readAheadBytes)
	switch cut, err := s.run(); {
	case err != nil:
		return 0, err
	case cut && !c.truncate(f.path, s.good):
		return 0, c.stop("Failed to truncate AOF %s to timestamp %d\n", f.path, c.TruncateTo)
	case cut:
		return checkedTruncated, nil
	}
	return c.conclude(f, size, s.good)
}

// conclude says what is wrong and mends it.
func (c *Checker) conclude(f checkedFile, size, good int64) (checked, error) {
	if c.wrong != "" {
		c.say("%s\n", c.wrong)
	}
	rest := size - good
	if rest == 0 && c.TruncateTo != 0 {
		c.say("Truncate nothing in AOF %s to timestamp %d\n", f.name, c.TruncateTo)
		return checkedGood, nil
	}
	c.say("AOF analyzed: filename=%s, size=%d, ok_up_to=%d, ok_up_to_line=%d, diff=%d\n", f.name, size, good, c.lines, rest)
	switch {
	case rest <= 0:
		return checkedGood, nil
	case !c.Fix:
		return 0, c.stop("AOF %s is not valid. Use the --fix option to try fixing it.\n", f.name)
	case !f.last:
		return 0, c.stop("Failed to truncate AOF %s because it is not the last file\n", f.name)
	}
	c.say("This will shrink the AOF %s from %d bytes, with %d bytes, to %d bytes\n", f.name, size, rest, good)
	c.say("Continue? [y/N]: ")
	if !c.Agree() {
		return 0, c.stop("Aborting...\n")
	}
	if !c.truncate(f.path, good) {
		return 0, c.stop("Failed to truncate AOF %s\n", f.name)
	}
	return checkedFixed, nil
}

// truncate cuts a file, durably.
func (c *Checker) truncate(path string, size int64) bool {
	file, err := c.System.Append(path)
	if err != nil {
		return false
	}
	err = file.Truncate(size)
	if err == nil {
		err = file.Sync()
	}
	return file.Close() == nil && err == nil
}
