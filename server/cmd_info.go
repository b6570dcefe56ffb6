package server

import (
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/commands"
)

// infoRows are INFO and TIME.
func (s *Server) infoRows() []commands.Row {
	return []commands.Row{
		{
			Name: "info", Arity: -1, Flags: commands.FlagLoading | commands.FlagStale,
			ACL: commands.ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Tells the server's state and statistics.",
			Complexity: "O(1)",
			History:    []commands.Change{{Version: "7.0.0", What: "Added support for taking multiple section arguments."}},
			Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
			Syntax:     `[section...]`,
			Exclusive:  true,
			Handler:    s.cmdInfo,
		},
		{
			Name: "time", Arity: 1, Flags: commands.FlagLoading | commands.FlagStale | commands.FlagFast,
			Group: "server", Since: "2.6.0",
			Summary:    "Tells the server's time.",
			Complexity: "O(1)",
			Tips:       []string{"nondeterministic_output"},
			Handler:    s.cmdTime,
		},
	}
}

// infoSection is one section of INFO.
type infoSection struct {
	// name is the word that asks for it, title its first line.
	name, title string
	write       func(s *Server, w *infoWriter)
	// extra marks a section that is shown only when it, or everything, is asked for.
	extra bool
}

// infoSections are in the order of Redis 7.0.15.
func infoSections() []infoSection {
	return []infoSection{
		{name: "server", title: "Server", write: (*Server).infoServer},
		{name: "clients", title: "Clients", write: (*Server).infoClients},
		{name: "memory", title: "Memory", write: (*Server).infoMemory},
		{name: "persistence", title: "Persistence", write: (*Server).infoPersistence},
		{name: "stats", title: "Stats", write: (*Server).infoStats},
		{name: "replication", title: "Replication", write: (*Server).infoReplication},
		{name: "cpu", title: "CPU", write: (*Server).infoCPU},
		{name: "module_list", title: "Modules", write: (*Server).infoModules},
		{name: "commandstats", title: "Commandstats", write: (*Server).infoCommandStats, extra: true},
		{name: "errorstats", title: "Errorstats", write: (*Server).infoErrorStats},
		{name: "latencystats", title: "Latencystats", write: (*Server).infoLatencyStats, extra: true},
		{name: "cluster", title: "Cluster", write: (*Server).infoCluster},
		{name: "keyspace", title: "Keyspace", write: (*Server).infoKeyspace},
	}
}

// wantedSections reads the words of INFO: which sections they ask for. Unknown words ask for nothing.
func wantedSections(words [][]byte) func(infoSection) bool {
	named := map[string]bool{}
	everything, usual := false, len(words) == 0
	for _, word := range words {
		switch name := strings.ToLower(string(cString(word, len(word)))); name {
		case "all", "everything":
			everything = true
		case "default":
			usual = true
		case "modules":
			named["module_list"] = true
		default:
			named[name] = true
		}
	}
	return func(section infoSection) bool { return everything || named[section.name] || usual && !section.extra }
}

// cmdInfo answers INFO [section ...]. It runs in the section, where the loops' plain counters stand still.
func (s *Server) cmdInfo(c *commands.Call) {
	wanted := wantedSections(c.Args[1:])
	w := &infoWriter{nowMs: c.NowMs}
	for _, section := range infoSections() {
		if !wanted(section) {
			continue
		}
		if w.text.Len() > 0 {
			w.text.WriteString("\r\n")
		}
		w.text.WriteString("# " + section.title + "\r\n")
		section.write(s, w)
	}
	c.Reply.Verbatim("txt", w.text.String())
}

// infoWriter gathers the lines of INFO.
type infoWriter struct {
	text  strings.Builder
	nowMs int64
}

func (w *infoWriter) line(name, value string) {
	w.text.WriteString(name)
	w.text.WriteByte(':')
	w.text.WriteString(value)
	w.text.WriteString("\r\n")
}

func (w *infoWriter) number(name string, value int64) { w.line(name, strconv.FormatInt(value, 10)) }

// fixed writes a number with that many digits behind the point.
func (w *infoWriter) fixed(name string, value float64, digits int) {
	w.line(name, strconv.FormatFloat(value, 'f', digits, 64))
}

// bytes writes a size twice, for programs and for people.
func (w *infoWriter) bytes(name string, value int64) {
	w.number(name, value)
	w.human(name, value)
}

// human writes a size for people alone.
func (w *infoWriter) human(name string, value int64) { w.line(name+"_human", humanBytes(value)) }

// humanBytes is a size as bytesToHuman of Redis 7.0 writes it.
func humanBytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "B"
	}
	value, unit := float64(n)/1024, 0
	for ; value >= 1024 && unit < 4; unit++ {
		value /= 1024
	}
	return strconv.FormatFloat(value, 'f', 2, 64) + "KMGTP"[unit:unit+1]
}

// numbers writes fields that are all the same number: mostly what doesn't exist here and is 0.
func (w *infoWriter) numbers(value int64, names ...string) {
	for _, name := range names {
		w.number(name, value)
	}
}

// cmdTime answers TIME.
func (s *Server) cmdTime(c *commands.Call) {
	us := s.clock.nowUs()
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatInt(us/1_000_000, 10))
	c.Reply.BulkString(strconv.FormatInt(us%1_000_000, 10))
}
