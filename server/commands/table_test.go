package commands

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func nop(*Call) {}

// plainRow is a row with nothing wrong.
func plainRow(name string) Row {
	return Row{Name: name, Arity: 2, Flags: FlagReadonly | FlagFast, Keys: []KeySpec{KeyAt(1, KeyRO)}, ACL: ACLString, Group: "string",
		Since: "1.0.0", Summary: "Does something.", Syntax: "key:key(0)", Handler: nop}
}

func containerRow() Row {
	sub := func(name string) Row {
		return Row{Name: name, Arity: 2, Group: "server", Since: "1.0.0", Summary: "Does something.", Handler: nop}
	}
	return Row{Name: "config", Arity: -2, Group: "server", Since: "1.0.0", Summary: "Holds others.",
		Subcommands: []Row{sub("set"), sub("get")}}
}

func TestTableLookup(t *testing.T) {
	table, err := NewTable([]Row{plainRow("get"), containerRow()}, []Row{plainRow("strlen")})
	require.NoError(t, err)
	require.Equal(t, []string{"config", "get", "strlen"}, table.Names())
	for id, cmd := range table.Commands() {
		require.Equal(t, id, cmd.ID)
	}
	require.Len(t, table.Commands(), 5)

	require.Equal(t, "get", table.Lookup([]byte("GeT")).FullName())
	for _, name := range []string{"", "ge", "gets", "get ", "g\x00t", "configs|get", "config|get"} {
		require.Nil(t, table.Lookup([]byte(name)), name)
	}
	config := table.Lookup([]byte("CONFIG"))
	require.True(t, config.IsContainer())
	sub := config.Sub([]byte("GET"))
	require.Equal(t, "config|get", sub.FullName())
	require.Same(t, config, sub.Parent)
	require.Nil(t, config.Sub([]byte("help")))

	words := func(list ...string) (args [][]byte) {
		for _, word := range list {
			args = append(args, []byte(word))
		}
		return args
	}
	require.Same(t, sub, table.Find(words("config", "get", "x")))
	require.Same(t, config, table.Find(words("config")))
	require.Nil(t, table.Find(words("config", "x")))
	require.Equal(t, "get", table.Find(words("get", "x")).FullName())
	require.Same(t, sub, table.FindFullName([]byte("CONFIG|Get")))
	for _, name := range []string{"config|", "|get", "get|x", "config|get|x", "|", ""} {
		require.Nil(t, table.FindFullName([]byte(name)), name)
	}

	name, subName := []byte("STRLEN"), []byte("GET")
	require.Zero(t, testing.AllocsPerRun(100, func() { table.Lookup(name) }))
	require.Zero(t, testing.AllocsPerRun(100, func() { config.Sub(subName) }))
	require.True(t, config.ArityFits(2) && config.ArityFits(9) && !config.ArityFits(1))
	require.True(t, sub.ArityFits(2) && !sub.ArityFits(3) && !sub.ArityFits(1))
}

func TestTableRename(t *testing.T) {
	table, err := NewTable([]Row{plainRow("get"), plainRow("strlen"), containerRow()})
	require.NoError(t, err)
	require.ErrorIs(t, table.Rename("nosuch", "x"), ErrRenameUnknown)
	require.ErrorIs(t, table.Rename("config|get", "x"), ErrRenameUnknown)

	require.NoError(t, table.Rename("GET", "A-Name-Longer-Than-Any-Other-In-The-Whole-Table-Of-Commands-So-Far"))
	require.Nil(t, table.Lookup([]byte("get")))
	require.Equal(t, "get", table.Lookup([]byte("a-name-longer-than-any-other-in-the-whole-table-of-commands-so-FAR")).FullName())

	require.NoError(t, table.Rename("strlen", ""))
	require.Nil(t, table.Lookup([]byte("strlen")))
	require.Len(t, table.Names(), 2)
	require.Len(t, table.Commands(), 5, "IDs stay")

	require.NoError(t, table.Rename("config", "get"), "its name is free again")
	require.Equal(t, "config|set", table.FindFullName([]byte("get|set")).FullName())
	require.NoError(t, table.Rename("get", "GET"))

	table, err = NewTable([]Row{plainRow("get"), plainRow("strlen")})
	require.NoError(t, err)
	require.ErrorIs(t, table.Rename("get", "STRLEN"), ErrRenameTaken)
}

func TestTableCategories(t *testing.T) {
	for _, test := range []struct {
		declared Category
		flags    Flag
		want     Category
	}{
		{ACLString, FlagWrite, ACLString | ACLWrite | ACLSlow},
		{ACLString, FlagReadonly | FlagFast, ACLString | ACLRead | ACLFast},
		{ACLScripting, FlagReadonly, ACLScripting | ACLSlow},
		{0, FlagAdmin, ACLAdmin | ACLDangerous | ACLSlow},
		{ACLList, FlagWrite | FlagBlocking, ACLList | ACLWrite | ACLBlocking | ACLSlow},
		{0, FlagPubSub | FlagFast, ACLPubSub | ACLFast},
	} {
		require.Equal(t, test.want, test.declared.implied(test.flags), test.flags.Names())
	}
	require.Equal(t, []string{"read", "string", "fast"}, (ACLString | ACLRead | ACLFast).Names())
	require.Equal(t, ACLSortedSet, CategoryByName("SortedSet"))
	require.Zero(t, CategoryByName([]byte("sorted")))
	require.Len(t, CategoryNames(), 21)
	require.Equal(t, []string{"write", "no_multi"}, (FlagWrite | FlagNoMulti | FlagProtected).Shown().Names())
	require.Equal(t, []string{"syscmd"}, FlagSystem.Names())
}

// TestTableChecks changes one thing at a time in a row that is right.
func TestTableChecks(t *testing.T) {
	for fault, change := range map[string]func(r *Row){
		"not one word in lower case":    func(r *Row) { r.Name = "Get" },
		"no summary":                    func(r *Row) { r.Summary = "" },
		`since "7.0" is no version`:     func(r *Row) { r.Since = "7.0" },
		`unknown group "strings"`:       func(r *Row) { r.Group = "strings" },
		`deprecated since "soon"`:       func(r *Row) { r.Deprecated = &Deprecation{"soon", "another"} },
		"a line of its history":         func(r *Row) { r.History = []Change{{"1.0.0", ""}} },
		"does not count its own name":   func(r *Row) { r.Arity = 0 },
		"container without subcommands": func(r *Row) { r.Subcommands = []Row{} },
		"no handler":                    func(r *Row) { r.Handler = nil },
		"write and readonly contradict": func(r *Row) { r.Flags |= FlagWrite },
		"unknown flags":                 func(r *Row) { r.Flags |= 1 << 31 },
		"exclusive without saying so":   func(r *Row) { r.Flags, r.Exclusive = FlagWrite, true },
		"fast and slow follow":          func(r *Row) { r.ACL |= ACLSlow },
		"no_mandatory_keys without":     func(r *Row) { r.Flags |= FlagNoMandatoryKeys; r.Keys, r.Syntax = nil, "key" },
		"exactly one of RO, RW, OW and": func(r *Row) { r.Keys[0].Flags = KeyRO | KeyRW },
		"in a read-only command":        func(r *Row) { r.Keys[0].Flags = KeyRW },
		"begins at word 2 of 2":         func(r *Row) { r.Keys[0].Begin.Index = 2 },
		"ends at word 2 of 2":           func(r *Row) { r.Keys[0].Find.LastKey = 1 },
		"steps by 0":                    func(r *Row) { r.Keys[0].Find.Step = 0 },
		"one of its steps is unknown":   func(r *Row) { r.Keys[0].Find = FindKeys{} },
		"with the last key -1":          func(r *Row) { r.Keys[0].Find.Limit = 2 },
		"before their number":           func(r *Row) { r.Keys[0].Find = KeyNum(1, 1, 1) },
		"keyword is not in upper case":  func(r *Row) { r.Keys[0].Begin = AfterKeyword("store", 1) },
		"syntax has 3 words or more":    func(r *Row) { r.Syntax += " value" },
		"syntax may have 1 words":       func(r *Row) { r.Arity, r.Syntax = -2, "[key:key(0)]" },
		"there is no key spec 1":        func(r *Row) { r.Syntax = "key:key(1)" },
		"a key without key spec":        func(r *Row) { r.Syntax = "key:key" },
		"no token to come again":        func(r *Row) { r.Syntax = "key:key(0)...=" },
		"unknown type":                  func(r *Row) { r.Syntax = "key:text" },
		`since "1" is no version`:       func(r *Row) { r.Syntax = "key:key(0)@1" },
		"subcommand has subcommands":    func(r *Row) { deep := containerRow(); deep.Subcommands = []Row{containerRow()}; *r = deep },
		"not its container's":           func(r *Row) { *r = containerRow(); r.Subcommands[0].Group = "string" },
		`"set" is declared twice`:       func(r *Row) { *r = containerRow(); r.Subcommands[1].Name = "set" },
		`"other" is declared twice`:     func(r *Row) { r.Name = "other" },
	} {
		row := plainRow("get")
		change(&row)
		table, err := NewTable([]Row{plainRow("other"), row})
		require.ErrorContains(t, err, fault)
		require.Nil(t, table)
	}
}

func BenchmarkLookup(b *testing.B) {
	var rows []Row
	for _, name := range []string{"get", "set", "incr", "mget", "mset", "zrangebyscore", "hgetall"} {
		rows = append(rows, plainRow(name))
	}
	table, err := NewTable(rows)
	require.NoError(b, err)
	name := []byte("HGETALL")
	b.ReportAllocs()
	for b.Loop() {
		table.Lookup(name)
	}
}
