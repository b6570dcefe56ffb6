package commands

// DatabaseRows are the rows of the commands about whole databases.
func DatabaseRows() []Row {
	return []Row{
		{
			Name: "dbsize", Arity: 1, Flags: FlagReadonly | FlagFast,
			ACL: ACLKeyspace, Group: "server", Since: "1.0.0",
			Summary:    "Counts the keys of the selected database.",
			Complexity: "O(1)",
			Tips:       []string{"request_policy:all_shards", "response_policy:agg_sum"},
			Exclusive:  true, // what reads have found expired is deleted first
			Handler:    cmdDBSize,
		},
		{
			Name: "flushdb", Arity: -1, Flags: FlagWrite,
			ACL: ACLKeyspace | ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Deletes every key of the selected database.",
			Complexity: "O(N) where N is the number of keys in the selected database",
			History: []Change{
				{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
				{"6.2.0", "Added the `SYNC` flushing mode modifier."},
			},
			Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Syntax:  `[async:<"ASYNC"@4.0.0|"SYNC"@6.2.0>]`,
			Handler: cmdFlushDB,
		},
		{
			Name: "flushall", Arity: -1, Flags: FlagWrite,
			ACL: ACLKeyspace | ACLDangerous, Group: "server", Since: "1.0.0",
			Summary:    "Deletes every key of every database.",
			Complexity: "O(N) where N is the total number of keys in all databases",
			History: []Change{
				{"4.0.0", "Added the `ASYNC` flushing mode modifier."},
				{"6.2.0", "Added the `SYNC` flushing mode modifier."},
			},
			Tips:    []string{"request_policy:all_shards", "response_policy:all_succeeded"},
			Syntax:  `[async:<"ASYNC"@4.0.0|"SYNC"@6.2.0>]`,
			Handler: cmdFlushAll,
		},
		{
			Name: "swapdb", Arity: 3, Flags: FlagWrite | FlagFast,
			ACL: ACLKeyspace | ACLDangerous, Group: "server", Since: "4.0.0",
			Summary:    "Exchanges two databases.",
			Complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
			Syntax:     `index1:integer index2:integer`,
			Handler:    cmdSwapDB,
		},
	}
}

// cmdDBSize answers DBSIZE. Keys that have expired and still lie there count, as in Redis.
func cmdDBSize(c *Call) { c.Reply.Int(int64(c.DB().Len())) }

// flushMode reads [ASYNC | SYNC]; both empty a database at once, since that only moves a pointer.
func (c *Call) flushMode() bool {
	if len(c.Args) == 1 || len(c.Args) == 2 && (IsWord(c.Args[1], "ASYNC") || IsWord(c.Args[1], "SYNC")) {
		return true
	}
	c.Error(ErrSyntax)
	return false
}

// cmdFlushDB answers FLUSHDB [ASYNC | SYNC].
func cmdFlushDB(c *Call) {
	if !c.flushMode() {
		return
	}
	index := c.Client.Database()
	count := c.DB().Len()
	c.Edit().Clear()
	c.Flushed(index, count)
	c.Reply.OK()
}

// cmdFlushAll answers FLUSHALL [ASYNC | SYNC].
func cmdFlushAll(c *Call) {
	if !c.flushMode() {
		return
	}
	count := 0
	for index := range c.Keys.Databases() {
		count += c.Keys.DB(index).Len()
		c.EditAt(index).Clear()
	}
	c.Flushed(AllDatabases, count)
	c.Reply.OK()
}

// cmdSwapDB answers SWAPDB index index.
func cmdSwapDB(c *Call) {
	a, ok := parseSwapIndex(c.Args[1])
	if !ok {
		c.Error("ERR invalid first DB index")
		return
	}
	b, ok := parseSwapIndex(c.Args[2])
	if !ok {
		c.Error("ERR invalid second DB index")
		return
	}
	switch count := c.Keys.Databases(); {
	case a < 0 || a >= count || b < 0 || b >= count:
		c.Error(ErrDBOutOfRange)
		return
	case a == b:
		c.Counted(1)
	default:
		c.Applying = true
		c.Keys.Swap(a, b)
		c.Swapped(a, b)
	}
	c.Reply.OK()
}

func parseSwapIndex(word []byte) (index int, ok bool) {
	n, ok := ParseInt(word)
	return int(n), ok && int64(int32(n)) == n
}
