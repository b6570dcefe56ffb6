package commands_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/commands/commandstest"
)

func TestSynopsis(t *testing.T) {
	table := commandTable(t)
	for name, want := range map[string]string{
		"set": "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
		"sort": "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] " +
			"[STORE destination]",
		"mset": "MSET key value [key value ...]",
		"migrate": `MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password] ` +
			"[KEYS key [key ...]]",
		"lmpop":           "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
		"command|list":    "COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
		"command|count":   "COMMAND COUNT",
		"command|getkeys": "COMMAND GETKEYS ...",
		"command":         "COMMAND ...",
	} {
		require.Equal(t, want, table.FindFullName([]byte(name)).Synopsis())
	}
}

func TestMarkdown(t *testing.T) {
	table := commandTable(t)
	document := table.Markdown()
	require.Contains(t, document, "\n## String\n\n### LCS\n")
	require.Contains(t, document, "\n### MEMORY USAGE\n\n    MEMORY USAGE key [SAMPLES count]\n")
	require.NotContains(t, document, "\n### MEMORY\n", "a container that can't be called")
	require.NotContains(t, document, "\n## Module\n")
	require.Equal(t, 1, strings.Count(document, "\n## Generic\n"))

	path := filepath.Join(t.TempDir(), "commands.md")
	commandstest.CheckDocument(t, path, table, true)
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, document, string(written))
}
