package compat

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// randomCommand is a command that random runs make, with what its table says of it.
type randomCommand struct {
	name      string // in lower case, "container|sub"
	group     string
	arguments []argument
	how       how
}

// dataGroups are the groups of commands about keys, of which random runs make most.
var dataGroups = []string{"generic", "string", "bitmap", "list", "set", "sorted-set", "hash", "hyperloglog", "geo", "stream"}

// argument is a node of an argument tree of COMMAND DOCS.
type argument struct {
	name, kind, token                 string
	optional, multiple, multipleToken bool
	parts                             []argument // of oneof and block
}

// left out are commands that a random run can't make, each with the reason. A container's name stands for all its subcommands.
var leftOut = map[string]string{
	"shutdown": "ends the server", "quit": "ends the connection", "client|kill": "ends the connection", "failover": "needs replicas",
	"client|reply": "replies no longer answer commands one by one", "client|pause": "stops the run",
	"client|tracking": "pushes come between replies", "monitor": "pushes come between replies",
	"sync": "replication", "psync": "replication", "replconf": "replication", "wait": "waits", "migrate": "another server",
	"replicaof": "turns into a replica", "slaveof": "turns into a replica", "debug": "has words that end the server",
	"save": "slow", "bgsave": "runs on in the background", "bgrewriteaof": "runs on in the background", "config|rewrite": "no file",
	"acl|setuser": "locks the run out", "acl|deluser": "locks the run out", "acl|load": "no file", "acl|save": "no file",
	"module|load": "loads code", "module|loadex": "loads code", "script|debug": "turns the connection into a debugger's",
	"spop": "takes at random", "command": "as long as the table", "pfdebug": "internal", "pfselftest": "slow", "cluster": "of a cluster",
	"restore-asking": "internal", "object|help": "as HELP", "eval": "a language of its own", "eval_ro": "a language of its own",
	"sort_ro": "in Redis, changes the encoding of what it reads; TestSortLikeRedis makes it", "function|restore": "a format of its own",
}

// lookedAt says how replies are compared where neither exactness nor the tips of COMMAND INFO are right.
var lookedAt = map[string]string{
	"role":  "ignore", // an observer follows
	"hello": "ignore", "scan": "scan", "sscan": "scan", "zscan": "scan", "hscan": "scan", "info": "ignore", "lolwut": "ignore", "config|get": "pairs",
	"ttl": "rounded=5", "object|idletime": "rounded=5", "pttl": "rounded=5000", "expiretime": "rounded=5", "pexpiretime": "rounded=5000",
	"memory|usage": "ignore", "memory|stats": "ignore", "memory|doctor": "ignore", "memory|malloc-stats": "ignore", "memory|help": "ignore",
	"client|help": "ignore", "client|id": "ignore", "client|trackinginfo": "sorted", "slowlog|len": "ignore", "slowlog|get": "ignore", "latency|doctor": "ignore",
	"command|count": "ignore", "command|list": "ignore", "command|docs": "ignore", "command|info": "ignore", "acl|cat": "ignore", "acl|genpass": "shape", "acl|log": "ignore",
	"lastsave": "ignore", "function|stats": "ignore", "function|dump": "shape", "xautoclaim": "ignore",
}

// readTable makes the list of commands from the table of ours; theirs tells which of them Redis has, and their tips and flags.
func readTable(t *testing.T, ours, theirs *wire.Conn) []randomCommand {
	for _, conn := range []*wire.Conn{ours, theirs} {
		_, err := conn.Do("HELLO", "3")
		require.NoError(t, err)
	}
	docs, err := ours.Do("COMMAND", "DOCS")
	require.NoError(t, err)
	require.Equal(t, byte('%'), docs.Kind, "COMMAND DOCS: %s", docs.String())
	var list []randomCommand
	addDocs(&docs, &list)
	list = slices.DeleteFunc(list, func(c randomCommand) bool {
		info, err := theirs.Do("COMMAND", "INFO", c.name)
		require.NoError(t, err)
		return !wanted(c.name, info)
	})
	for i := range list {
		info, err := theirs.Do("COMMAND", "INFO", list[i].name)
		require.NoError(t, err)
		list[i].how = howToLook(t, list[i].name, info)
	}
	slices.SortFunc(list, func(a, b randomCommand) int { return strings.Compare(a.name, b.name) })
	require.NotEmpty(t, list)
	return list
}

func addDocs(docs *wire.Reply, list *[]randomCommand) {
	for i := 0; i+1 < len(docs.Items); i += 2 {
		body := &docs.Items[i+1]
		if subs := field(body, "subcommands"); subs != nil {
			addDocs(subs, list)
			continue
		}
		*list = append(*list, randomCommand{name: docs.Items[i].Text, group: text(body, "group"), arguments: arguments(field(body, "arguments"))})
	}
}

// field is the value of a key in a map, nil where there is none.
func field(m *wire.Reply, key string) *wire.Reply {
	for i := 0; i+1 < len(m.Items); i += 2 {
		if m.Items[i].Text == key {
			return &m.Items[i+1]
		}
	}
	return nil
}

func text(m *wire.Reply, key string) string {
	if value := field(m, key); value != nil {
		return value.Text
	}
	return ""
}

func arguments(list *wire.Reply) []argument {
	if list == nil {
		return nil
	}
	var args []argument
	for i := range list.Items {
		item := &list.Items[i]
		a := argument{name: text(item, "name"), kind: text(item, "type"), token: text(item, "token"), parts: arguments(field(item, "arguments"))}
		if flags := field(item, "flags"); flags != nil {
			for _, flag := range flags.Items {
				a.optional = a.optional || flag.Text == "optional"
				a.multiple = a.multiple || flag.Text == "multiple"
				a.multipleToken = a.multipleToken || flag.Text == "multiple_token"
			}
		}
		args = append(args, a)
	}
	return args
}

// infoFlags and infoTips are places in a command's reply of COMMAND INFO.
const (
	infoFlags = 2
	infoTips  = 7
)

func wanted(name string, info wire.Reply) bool {
	container, _, _ := strings.Cut(name, "|")
	if leftOut[name] != "" || container != "command" && leftOut[container] != "" {
		return false
	}
	if len(info.Items) != 1 || info.Items[0].Null {
		return false // Redis 7.0 doesn't have it
	}
	flags := info.Items[0].Items[infoFlags]
	return !has(flags, "blocking") && !has(flags, "pubsub")
}

func has(list wire.Reply, word string) bool {
	return slices.ContainsFunc(list.Items, func(r wire.Reply) bool { return r.Text == word })
}

func howToLook(t *testing.T, name string, info wire.Reply) how {
	h := how{mode: "exact", replies: 1}
	tips := info.Items[0].Items[infoTips]
	spec := lookedAt[name]
	switch {
	case spec != "":
	case has(tips, "nondeterministic_output"):
		spec = "ignore"
	case has(tips, "nondeterministic_output_order"):
		spec = "sorted"
	default:
		return h
	}
	require.NoError(t, h.set(spec))
	return h
}
