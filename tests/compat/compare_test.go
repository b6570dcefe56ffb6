package compat

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// agree tells whether two replies are the same as far as h looks.
func (h how) agree(ours, theirs wire.Reply) bool {
	switch h.mode {
	case "ignore", "differs", "ours":
		return true
	case "rounded":
		return near(ours, theirs, h.distance)
	}
	return h.view(ours) == h.view(theirs)
}

// view is what h looks at of a reply, a line an element.
func (h how) view(reply wire.Reply) string {
	switch h.mode {
	case "sorted":
		return sortedView(reply, 1)
	case "scan":
		if len(reply.Items) != 2 {
			return reply.String()
		}
		return reply.Items[0].String() + sortedView(reply.Items[1], 1)
	case "pairs":
		return sortedView(reply, 2)
	case "shape":
		return shapeView(reply, 0)
	case "mask", "lines":
		return h.maskView(reply, 0)
	case "has":
		return h.hasView(reply.Text)
	case "fields":
		return h.fieldsView(reply.Text)
	}
	return reply.String()
}

// sortedView sorts the elements of an array in groups of step, and the pairs of a map.
func sortedView(reply wire.Reply, step int) string {
	if reply.Kind == '%' {
		step = 2
	}
	var elements []string
	for i := 0; i+step <= len(reply.Items); i += step {
		element := ""
		for _, item := range reply.Items[i : i+step] {
			element += item.String()
		}
		elements = append(elements, element)
	}
	slices.Sort(elements)
	if !reply.Aggregate() {
		return reply.String()
	}
	return fmt.Sprintf("%c%d\n", reply.Kind, len(reply.Items)) + strings.Join(elements, "")
}

func shapeView(reply wire.Reply, depth int) string {
	head := fmt.Sprintf("%*s%c", depth*2, "", reply.Kind)
	if !reply.Aggregate() || reply.Null {
		return fmt.Sprintf("%s null=%v\n", head, reply.Null)
	}
	head += fmt.Sprintf("%d\n", len(reply.Items))
	for _, item := range reply.Items {
		head += shapeView(item, depth+1)
	}
	return head
}

func (h how) maskView(reply wire.Reply, depth int) string {
	indent := strings.Repeat("  ", depth)
	if !reply.Aggregate() || reply.Null {
		text := reply.Text
		if h.strip != nil {
			text = h.strip.ReplaceAllString(text, "")
		}
		lines := strings.Split(h.mask.ReplaceAllString(text, "?"), "\n")
		if h.mode == "lines" {
			slices.Sort(lines)
		}
		text = strings.Join(lines, "\n"+indent)
		return fmt.Sprintf("%s%c %s null=%v\n", indent, reply.Kind, text, reply.Null)
	}
	head := fmt.Sprintf("%s%c%d\n", indent, reply.Kind, len(reply.Items))
	for _, item := range reply.Items {
		head += h.maskView(item, depth+1)
	}
	return head
}

// hasView lists the wanted fields in the order in which a text of name:value lines has them.
func (h how) hasView(text string) string {
	wanted := strings.Split(h.argument, ",")
	found := ""
	for textLine := range strings.SplitSeq(text, "\n") {
		name, _, ok := strings.Cut(textLine, ":")
		if i := slices.Index(wanted, name); ok && i >= 0 {
			found += name + "\n"
			wanted[i] = ""
		}
	}
	for _, name := range wanted {
		if name != "" {
			found += "lacks " + name + "\n"
		}
	}
	return found
}

// fieldsView lists the wanted fields of a text of name:value lines with their values.
func (h how) fieldsView(text string) string {
	found := ""
	for textLine := range strings.SplitSeq(text, "\n") {
		if name, _, ok := strings.Cut(textLine, ":"); ok && slices.Contains(strings.Split(h.argument, ","), name) {
			found += textLine + "\n"
		}
	}
	return found
}

// near compares two replies whose numbers may differ by distance.
func near(a, b wire.Reply, distance float64) bool {
	if a.Kind != b.Kind || a.Null != b.Null || len(a.Items) != len(b.Items) {
		return false
	}
	if !slices.EqualFunc(a.Items, b.Items, func(x, y wire.Reply) bool { return near(x, y, distance) }) {
		return false
	}
	if a.Text == b.Text {
		return true
	}
	x, errX := strconv.ParseFloat(a.Text, 64)
	y, errY := strconv.ParseFloat(b.Text, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= distance
}

const (
	contextLines = 4
	maxDiffLines = 120
)

// difference shows two views side by side: what is the same at both ends is left out, - is Redis, + is ours.
func difference(theirs, ours string) string {
	a, b := strings.SplitAfter(theirs, "\n"), strings.SplitAfter(ours, "\n")
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out strings.Builder
	write := func(mark string, list []string) {
		for i, l := range list {
			if i == maxDiffLines {
				fmt.Fprintf(&out, "%s... %d more\n", mark, len(list)-i)
				break
			}
			if l != "" {
				out.WriteString(mark + strings.TrimSuffix(l, "\n") + "\n")
			}
		}
	}
	write("  ", a[max(0, head-contextLines):head])
	write("- ", a[head:len(a)-tail])
	write("+ ", b[head:len(b)-tail])
	write("  ", a[len(a)-tail:min(len(a), len(a)-tail+contextLines)])
	return out.String()
}
