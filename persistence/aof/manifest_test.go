package aof

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestManifest(t *testing.T) {
	text := "# a comment\nfile \"appendonly.aof.2.base.rdb\" seq 2 type b\nfile a\\b seq 1 type h\n"
	_, err := ParseManifest([]byte(text))
	require.EqualError(t, err, `the manifest of the append only log, line 3, 'file a\b seq 1 type h': File can't be a path, just a filename`)

	text = "# a comment without end of its own " + strings.Repeat("x", 980) + "\n" +
		"  FILE \"x y\\x41.base\" type b seq \" 2nd\" more words  \r\n" +
		"file h seq 9 type history\nfile 'q' seq 3 type i\nfile \"z'z\" seq 10 type i\n"
	m, err := ParseManifest([]byte(text))
	require.NoError(t, err)
	require.Equal(t, []Info{{"x yA.base", 2, Base}, {"q", 3, Increment}, {"z'z", 10, Increment}}, m.Files())
	require.Equal(t, []Info{{"h", 9, History}}, m.HistoryFiles())
	require.Equal(t, "file \"x yA.base\" seq 2 type b\nfile h seq 9 type h\nfile q seq 3 type i\nfile \"z'z\" seq 10 type i\n", string(m.Append(nil)))

	c := m.clone()
	require.Equal(t, Info{"log.11.incr.aof", 11, Increment}, c.addIncrement("log"))
	require.Equal(t, Info{"log.3.base.rdb", 3, Base}, c.replaceBase("log", true))
	c.retireBefore("log.11.incr.aof")
	require.Equal(t, []Info{{"log.3.base.rdb", 3, Base}, {"log.11.incr.aof", 11, Increment}}, c.Files())
	require.Equal(t, []Info{{"q", 3, History}, {"z'z", 10, History}, {"x yA.base", 2, History}, {"h", 9, History}}, c.HistoryFiles())
	require.Len(t, m.Files(), 3, "the original stays")
}

// badManifests are manifests that Redis refuses, with its words; those that it takes have none. The differential test of the checker has
// redis-check-aof say the same.
var badManifests = map[string]string{
	"":                         problemEmpty,
	"\n":                       problemFormat,
	"file a seq 1 type b":      problemLongLine,
	"#":                        "",
	"#\n#":                     "",
	"file a seq 1\n":           problemFormat,
	"file a seq 1 type\n":      problemFormat,
	"file a seq 0 type b\n":    problemFormat,
	"file a seq x type b\n":    problemFormat,
	"file a seq 1 type \"\"\n": problemFormat,
	"file 'a seq 1 type b\n":   problemFormat,
	"file a seq 1 type x\n":    problemType,
	"file a/b seq 1 type b\n":  problemPath,
	"file a seq 1 type b\nfile b seq 2 type b\n":            problemDuplicate,
	"file a seq 2 type i\nfile b seq 2 type i\n":            problemOrder,
	"file a seq -2 type i\n":                                problemOrder,
	"file a seq 1 type h\x00\n":                             problemLongLine,
	"file a seq 1 type h\x00\nfile":                         problemLongLine,
	"file " + strings.Repeat("a", 1100) + " seq 1 type h\n": problemLongLine,
	"seq 1 type h key value\n":                              problemFormat,
	"file a seq 1 type h more\n":                            problemFormat,
	"file a seq 1 type h file b seq 2 type h\n":             "",
	"file a seq 1 type h key value\n\n":                     problemFormat,
}

func TestBadManifests(t *testing.T) {
	for text, problem := range badManifests {
		_, err := ParseManifest([]byte(text))
		if problem == "" {
			require.NoError(t, err, "%q", text)
			continue
		}
		var wrong *ManifestError
		require.ErrorAs(t, err, &wrong, "%q", text)
		require.Equal(t, problem, wrong.Problem, "%q", text)
	}
	for _, text := range []string{"file .. seq 1 type b\n", "file \"\" seq 1 type b\n", "file a seq 9223372036854775807 type i\n", "file a seq 4611686018427387904 type b\n", "file a seq -1 type b\n"} {
		_, err := ParseManifest([]byte(text))
		require.Error(t, err, "stricter than Redis: %q", text)
	}
}

// FuzzManifest: what is read is written such that it is read as the same again.
func FuzzManifest(f *testing.F) {
	for text := range badManifests {
		f.Add([]byte(text))
	}
	f.Add([]byte("file \"a\\x00 b\" seq 1 type b\nfile c' seq +2 type i\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			require.NotEmpty(t, err.(*ManifestError).Lines())
			return
		}
		written := m.Append(nil)
		if len(written) == 0 {
			return
		}
		for line := range strings.Lines(string(written)) {
			if len(line) > maxManifestLine {
				return // quoting made it longer than may be read
			}
		}
		again, err := ParseManifest(written)
		require.NoError(t, err, "%q", written)
		require.Equal(t, m, again)
	})
}
