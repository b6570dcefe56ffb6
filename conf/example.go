package conf

import (
	"fmt"
	"strings"
)

// exampleWidth is where comments of the example break.
const exampleWidth = 80

const exampleHead = `# Cinnabar's configuration. This file is made from the table of directives
# (go test ./conf -run Example -update) and says what holds without it.
#
# Use: cinnabar /path/to/redis.conf [--directive value ...]
#
# A line is a directive and its values. Values with blanks or odd bytes stand in
# 'single' or "double" quotes; the latter know \n \r \t \b \a \xHH and \".
# Memory may be given with a unit: 1k is 1000 bytes, 1kb 1024; m, mb, g and gb
# follow. Names, units and words like yes may be in any case. Where a directive
# stands twice, the later line counts. A comment that ends with (No function
# yet.) is about a directive that is taken and shown but does nothing so far.
`

// Example is the text of redis.conf.example: the table with its defaults.
// Directives whose default is nothing, or depends on the machine, are commented
// out and show a value one could give.
func Example() string {
	var b strings.Builder
	b.WriteString(exampleHead)
	for d, begins := range documented {
		if begins {
			fmt.Fprintf(&b, "\n%s\n# %s\n%s\n", strings.Repeat("#", exampleWidth), d.Group, strings.Repeat("#", exampleWidth))
		}
		b.WriteByte('\n')
		writeComment(&b, d.comment())
		b.WriteString(d.exampleLine() + "\n")
	}
	return b.String()
}

// testingGroup holds what only Redis's own tests set.
const testingGroup = "Testing"

// documented yields the directives that users are told of, and which of them begins a group.
func documented(yield func(d *Directive, begins bool) bool) {
	group := ""
	for i := range table.rows {
		d := &table.rows[i]
		if d.Group == testingGroup {
			continue
		}
		if !yield(d, d.Group != group) {
			return
		}
		group = d.Group
	}
}

func (d *Directive) comment() string {
	text := d.Doc
	if d.Alias != "" {
		text += " Old name: " + d.Alias + "."
	}
	if d.Silent() {
		text += " (No function yet.)"
	}
	return text
}

// Silent reports whether the directive is accepted and shown but does nothing:
// what docs/differences.md lists.
func (d *Directive) Silent() bool {
	return !d.Built && d.rule.unbuilt == nil && !d.Has(FileOnly)
}

func (d *Directive) exampleLine() string {
	text, mark := d.Default, ""
	if d.Example != "" {
		text, mark = d.Example, "# "
	}
	if d.Kind == String && (text == "" || strings.ContainsAny(text, " \"'\\")) {
		text = Quote(text)
	}
	return mark + d.Name + " " + text
}

func writeComment(b *strings.Builder, text string) {
	width := 0
	for _, word := range strings.Fields(text) {
		switch {
		case width == 0:
			b.WriteByte('#')
			width = 1
		case width+1+len(word) > exampleWidth:
			b.WriteString("\n#")
			width = 1
		}
		b.WriteString(" " + word)
		width += 1 + len(word)
	}
	b.WriteByte('\n')
}
