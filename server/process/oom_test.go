//go:build linux

package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

func TestOOMScore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "oom_score_adj")
	require.NoError(t, os.WriteFile(path, []byte("22\n"), 0o600))
	o := NewOOMScore(oplog.Discard())
	o.path = path
	score := func() string {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		line, _, _ := strings.Cut(string(b), "\n")
		return line
	}
	steps := []struct {
		mode  string
		value int
		want  string
	}{
		{"yes", 1, "23"},
		{"no", 9, "22"},
		{"no", 9, "22"},
		{"yes", 9, "31"},
		{"relative", 100, "122"},
		{"relative", 5, "27"},
		{"absolute", 99, "99"},
		{"absolute", 2000, "1000"},
		{"absolute", -2000, "-1000"},
		{"no", 9, "22"},
	}
	for _, s := range steps {
		require.NoError(t, os.Truncate(path, int64(len(score()))), "the kernel's file has no old bytes behind the new ones")
		require.NoError(t, o.Apply(s.mode, s.value))
		require.Equal(t, s.want, score(), "%s %d", s.mode, s.value)
	}

	require.NoError(t, os.WriteFile(path, []byte("5\n"), 0o600))
	require.NoError(t, o.Apply("no", 9))
	require.Equal(t, "5", score(), "what another set stays while the directive says no")
	require.NoError(t, o.Apply("relative", 9))
	require.Equal(t, "14", score(), "and is the new base")
}

func TestOOMScoreErrors(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := NewOOMScore(oplog.New(&out, oplog.LevelNotice))
	o.path = filepath.Join(t.TempDir(), "absent")
	require.Error(t, o.Apply("yes", 1))
	o.active = true
	require.Error(t, o.Apply("yes", 1))
	require.Equal(t, []string{
		"# Unable to read oom_score_adj: No such file or directory",
		"# Unable to write oom_score_adj: No such file or directory",
	}, messages(&out))
}
