package conf

import (
	"fmt"
	"strings"
)

const markdownHead = `# Configuration

Made from the table of directives by a test (` + "`go test ./conf -run Example -update`" + `). The same words are in redis.conf.example, ready to be used.

A configuration is a file (` + "`cinnabar /path/to/redis.conf`" + `), words of the command line behind it (` + "`--port 7000 --appendonly yes`" + `), or both; CONFIG SET
changes what runs, CONFIG REWRITE writes it into the file. Names, units and words like yes may be in any case. Memory may be given with a unit: 1k is
1000 bytes, 1kb 1024; m, mb, g and gb follow. A directive marked *without effect* is taken and shown but does nothing here.
`

// Markdown is the text of docs/configuration.md: every directive with its kind, default and meaning.
func Markdown() string {
	var b strings.Builder
	b.WriteString(markdownHead)
	for d, begins := range documented {
		if begins {
			fmt.Fprintf(&b, "\n## %s\n\n| directive | values | default | meaning |\n|---|---|---|---|\n", d.Group)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, d.values(), d.defaultShown(), escapeCell(d.meaning()))
	}
	return b.String()
}

// values says what may be given: the kind, the words, the bounds.
func (d *Directive) values() string {
	switch {
	case len(d.Words) > 0:
		shown := make([]string, len(d.Words))
		for i, word := range d.Words {
			shown[i] = "`" + word + "`"
		}
		if d.Kind == Flags {
			return "some of " + strings.Join(shown, " ")
		}
		return strings.Join(shown, " ")
	case d.Kind == Int && d.Min == d.Max:
		return "number"
	case d.Kind == Int && uint64(d.Max) >= 1<<31-1:
		return fmt.Sprintf("number from %d", d.Min)
	case d.Kind == Int:
		return fmt.Sprintf("%d to %d", d.Min, d.Max)
	}
	return d.Kind.String()
}

func (d *Directive) defaultShown() string {
	if d.Default == "" {
		return ""
	}
	return "`" + escapeCell(d.Default) + "`"
}

// meaning is what the directive does, and what one must know to set it.
func (d *Directive) meaning() string {
	text := d.Doc
	if d.Alias != "" {
		text += " Old name: `" + d.Alias + "`."
	}
	if d.Has(Immutable) {
		text += " At the start only."
	}
	if d.Has(Protected) {
		text += " CONFIG SET needs enable-protected-configs."
	}
	if d.Silent() {
		text += " *Without effect.*"
	}
	return text
}

func escapeCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
