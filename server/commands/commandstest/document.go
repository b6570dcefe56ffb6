package commandstest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// CheckDocument fails unless the file at path, docs/commands.md, is what the table makes of it; with update it writes the file anew.
func CheckDocument(t *testing.T, path string, table *commands.Table, update bool) {
	want := table.Markdown()
	if update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is out of date: run this test with -update", path)
}
