package order

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// Verdict is what is found out about a history.
type Verdict = porcupine.CheckResult

// What a history can be found to be.
const (
	Ok      = porcupine.Ok
	Illegal = porcupine.Illegal
	Unknown = porcupine.Unknown
)

// patience bounds the search for an order.
const patience = 3 * time.Second

// Check looks for an order of the requests that the times allow and that the model answers as the server did: Ok, Illegal, or
// Unknown where there was none within three seconds and not all have been tried.
func (h History) Check() Verdict {
	return porcupine.CheckOperationsTimeout(newSearch(h).model(), h, patience)
}

// Explain tells how far the longest order comes and what doesn't fit behind it.
func (h History) Explain() string {
	result, info := porcupine.CheckOperationsVerbose(newSearch(h).model(), h, patience)
	var b strings.Builder
	fmt.Fprintf(&b, "a history of %d requests: %s\n", len(h), result)
	var longest []porcupine.Operation
	for _, partial := range info.PartialLinearizationsOperations() {
		for _, operations := range partial {
			if len(operations) > len(longest) {
				longest = operations
			}
		}
	}
	h.explainEnd(&b, longest)
	return b.String()
}

// Draw writes a page that shows the history and its longest orders, and gives the path of the file, which stays.
func (h History) Draw() (path string, err error) {
	dir, err := os.MkdirTemp("", "cinnabar-order")
	if err != nil {
		return "", err
	}
	model := newSearch(h).model()
	_, info := porcupine.CheckOperationsVerbose(model, h, patience)
	path = filepath.Join(dir, "history.html")
	return path, porcupine.VisualizePath(model, info, path)
}

// shownBefore and shownBehind are how many requests are shown of an order, and of what doesn't fit behind it.
const (
	shownBefore = 25
	shownBehind = 2 * maxClients
)

func (h History) explainEnd(b *strings.Builder, order []porcupine.Operation) {
	w := &world{}
	placed := map[*request]bool{}
	for i, op := range order {
		w.step(op.Input.(*request), op.Output.(string))
		placed[op.Input.(*request)] = true
		if i >= len(order)-shownBefore {
			b.WriteString(line(op) + "\n")
		}
	}
	fmt.Fprintf(b, "then there is %s\nand none of these follows:\n", w)
	var rest []porcupine.Operation
	for _, op := range h {
		if !placed[op.Input.(*request)] {
			rest = append(rest, op)
		}
	}
	slices.SortFunc(rest, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	for _, op := range rest[:min(len(rest), shownBehind)] {
		b.WriteString(line(op) + "\n")
	}
}

// line shows an operation with its times in microseconds.
func line(op porcupine.Operation) string {
	return fmt.Sprintf("%8d..%-8d client %-2d %s", op.Call/1000, op.Return/1000, op.ClientId, describe(op.Input.(*request), op.Output.(string)))
}

func describe(r *request, reply string) string { return r.String() + " -> " + readable(reply) }

// readable shows a reply in one line.
func readable(reply string) string {
	return strings.Join(strings.Fields(wire.Readable([]byte(reply))), " ")
}

// String shows what there is, and who watches.
func (w *world) String() string {
	var parts []string
	for at, v := range w.values {
		if v.kind != absent {
			parts = append(parts, key(at)+"="+strconv.Quote(v.data))
		}
		if w.watched[at] != 0 {
			parts = append(parts, fmt.Sprintf("%s watched by %v", key(at), clientsOf(w.watched[at])))
		}
	}
	if w.dirty != 0 {
		parts = append(parts, fmt.Sprintf("changed for %v", clientsOf(w.dirty)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func clientsOf(bits uint16) (clients []int) {
	for client := range maxClients {
		if bits&(1<<client) != 0 {
			clients = append(clients, client)
		}
	}
	return clients
}
