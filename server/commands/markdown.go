package commands

import (
	"fmt"
	"strings"
)

// groupTitles are the headings of docs/commands.md for the groups whose names don't serve.
var groupTitles = map[string]string{"pubsub": "Publish and subscribe", "hyperloglog": "HyperLogLog", "geo": "Geospatial"}

// Markdown is docs/commands.md: the table's commands by group, each with its synopsis, its summary and its facts.
func (t *Table) Markdown() string {
	var doc strings.Builder
	doc.WriteString("# Commands\n\nMade from the command table by a test; see its rows for the sources. " +
		"Facts (arity, complexity, since) are those of Redis.\n")
	for _, group := range groups {
		title := groupTitles[group]
		if title == "" {
			title = strings.ToUpper(group[:1]) + group[1:]
		}
		heading := fmt.Sprintf("\n## %s\n", title)
		for _, name := range t.names {
			if cmd := t.byName[name]; cmd.Group == group {
				doc.WriteString(heading)
				heading = ""
				cmd.markdown(&doc)
			}
		}
	}
	return doc.String()
}

func (c *Command) markdown(doc *strings.Builder) {
	if c.Handler != nil {
		fmt.Fprintf(doc, "\n### %s\n\n    %s\n\n%s\n", strings.ToUpper(strings.ReplaceAll(c.fullName, "|", " ")), c.Synopsis(), c.Summary)
		facts := []string{"Since " + c.Since}
		if c.Complexity != "" {
			facts = append(facts, strings.TrimSuffix(c.Complexity, "."))
		}
		facts = append(facts, "@"+strings.Join(c.Categories.Names(), " @"))
		if c.Deprecated != nil {
			facts = append(facts, fmt.Sprintf("deprecated since %s: use %s", c.Deprecated.Since, c.Deprecated.Replaced))
		}
		fmt.Fprintf(doc, "\n%s.\n", strings.Join(facts, ". "))
	}
	for _, sub := range c.Subs {
		sub.markdown(doc)
	}
}

// Synopsis is the command as its user writes it: "SET key value [NX | XX] [GET] [EX seconds | ...]". For a command without Syntax it is
// the name and, if there may be more words, "...".
func (c *Command) Synopsis() string {
	words := []string{strings.ToUpper(strings.ReplaceAll(c.fullName, "|", " "))}
	named := strings.Count(c.fullName, "|") + 1
	switch {
	case len(c.Arguments) > 0:
		words = append(words, synopses(c.Arguments)...)
	case c.Arity != named:
		words = append(words, "...")
	}
	return strings.Join(words, " ")
}

func synopses(list []Argument) (words []string) {
	for i := range list {
		words = append(words, list[i].synopsis(true))
	}
	return words
}

// synopsis is one argument as its user writes it; brackets say that it may be left out and choices stand in angle brackets where nothing
// else encloses them.
func (a *Argument) synopsis(bracketed bool) string {
	var text string
	switch a.Type {
	case ArgPureToken:
		if text = a.Token; text == "" {
			text = `""`
		}
	case ArgBlock:
		text = strings.Join(synopses(a.Arguments), " ")
	case ArgOneOf:
		var choices []string
		for i := range a.Arguments {
			choices = append(choices, a.Arguments[i].synopsis(false))
		}
		text = strings.Join(choices, " | ")
		if a.Token != "" || !a.Optional || a.Multiple {
			text = "<" + text + ">"
		}
	default:
		text = a.Name
	}
	once := text
	if a.Token != "" && a.Type != ArgPureToken {
		text = a.Token + " " + text
	}
	switch {
	case a.MultipleToken:
		text += " [" + text + " ...]"
	case a.Multiple:
		text += " [" + once + " ...]"
	}
	if a.Optional && bracketed {
		text = "[" + text + "]"
	}
	return text
}
