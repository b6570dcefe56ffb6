package conf

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write redis.conf.example anew")

func TestTableRows(t *testing.T) {
	since := regexp.MustCompile(`^([2-7]\.\d+\.\d+|cinnabar)$`)
	for _, d := range Directives() {
		require.Equal(t, lower(d.Name), d.Name)
		require.True(t, strings.HasSuffix(d.Doc, "."), "%s: its comment ends a sentence", d.Name)
		require.NotEmpty(t, d.Group, d.Name)
		require.Regexp(t, since, d.Since, d.Name)
		require.True(t, d.Default != "" || d.Example != "" || d.Has(Hidden), "%s needs an example", d.Name)
		if d.Kind == Int || d.Kind == Memory {
			require.True(t, d.Has(Unsigned) && uint64(d.Min) < uint64(d.Max) || d.Min < d.Max, d.Name)
		}
		found, ok := Lookup(strings.ToUpper(d.Name))
		require.Equal(t, !d.Has(FileOnly), ok)
		require.True(t, d.Has(FileOnly) || found.Name == d.Name)
	}
	_, ok := Lookup("no-such")
	require.False(t, ok)
}

// TestDefaultsInWords checks that what the table calls the default is what New
// gives.
func TestDefaultsInWords(t *testing.T) {
	c := New()
	for _, d := range Directives() {
		if !d.Has(FileOnly) && d.Name != "dir" {
			v, err := d.parse(nil, defaultArgs(&d))
			require.NoError(t, err)
			require.Equal(t, c.String(d.Name), d.format(v))
		}
	}
}

func TestExampleAndDocumentAreFresh(t *testing.T) {
	for path, want := range map[string]string{"redis.conf.example": Example(), "docs/configuration.md": Markdown()} {
		path = filepath.Join("..", path)
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(text), "run: go test ./conf -run Example -update")
	}
}

func TestExampleSaysTheDefaults(t *testing.T) {
	text := Example()
	c, err := Load([]string{"-"}, strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, New().Get([]string{"*"}), c.Get([]string{"*"}))
	require.Empty(t, c.Unbuilt())

	// The commented examples must be good lines too.
	shown := regexp.MustCompile(`(?m)^# ([a-z_-]+ [^.]*[^ ].*)$`)
	for _, d := range Directives() {
		if d.Example != "" {
			line := strings.TrimPrefix(d.exampleLine(), "# ")
			require.Contains(t, text, "\n# "+line+"\n")
			if d.Name != "include" {
				_, err := Load([]string{"-"}, strings.NewReader(line))
				require.NoError(t, err, line)
			}
		}
	}
	require.NotEmpty(t, shown.FindAllString(text, -1))
	for i, line := range strings.Split(text, "\n") {
		require.True(t, len(line) <= exampleWidth || line[0] != '#', "line %d is too wide: %s", i+1, line)
	}
}
