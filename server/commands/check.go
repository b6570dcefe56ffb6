package commands

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// groups are the values of Row.Group.
var groups = [...]string{"generic", "string", "list", "set", "sorted-set", "hash", "pubsub", "transactions", "connection", "server",
	"scripting", "hyperloglog", "cluster", "sentinel", "geo", "stream", "bitmap", "module"}

// checkRow reports all that is wrong with one command, its subcommands left aside. A wrong row keeps the server from starting, since a
// wrong flag would be a hole in ACLs or a write outside the exclusive section.
func checkRow(c *Command) error {
	return errors.Join(checkNames(c), checkShape(c), checkFlags(c), checkKeySpecs(c), checkArguments(c))
}

func checkNames(c *Command) error {
	var faults []error
	if c.Name == "" || c.Name != strings.ToLower(c.Name) || strings.ContainsAny(c.Name, "| ") {
		faults = append(faults, errors.New("its name is not one word in lower case"))
	}
	if c.Summary == "" {
		faults = append(faults, errors.New("no summary"))
	}
	if !isRelease(c.Since) {
		faults = append(faults, fmt.Errorf("since %q is no version", c.Since))
	}
	if !slices.Contains(groups[:], c.Group) {
		faults = append(faults, fmt.Errorf("unknown group %q", c.Group))
	}
	if c.Deprecated != nil && !isRelease(c.Deprecated.Since) {
		faults = append(faults, fmt.Errorf("deprecated since %q, which is no version", c.Deprecated.Since))
	}
	for _, change := range c.History {
		if !isRelease(change.Version) || change.What == "" {
			faults = append(faults, fmt.Errorf("a line of its history, %q, is incomplete", change.Version))
		}
	}
	return errors.Join(faults...)
}

// checkShape checks arity, handler and the bonds between container and subcommand.
func checkShape(c *Command) error {
	var faults []error
	words := 1
	if c.Parent != nil {
		words = 2
		if len(c.Subcommands) > 0 {
			faults = append(faults, errors.New("a subcommand has subcommands"))
		}
		if c.Group != c.Parent.Group && c.Parent.Group != "" {
			faults = append(faults, fmt.Errorf("group %q is not its container's", c.Group))
		}
	}
	if c.Arity > -words && c.Arity < words {
		faults = append(faults, fmt.Errorf("arity %d does not count its own name", c.Arity))
	}
	if c.Subcommands != nil && len(c.Subcommands) == 0 {
		faults = append(faults, errors.New("a container without subcommands"))
	}
	if len(c.Subcommands) == 0 && c.Handler == nil {
		faults = append(faults, errors.New("no handler"))
	}
	return errors.Join(faults...)
}

// clashes are flags that no command has together.
var clashes = [...]Flag{FlagWrite | FlagReadonly, FlagWrite | FlagMayReplicate, FlagReadonly | FlagDenyOOM, FlagFast | FlagAdmin}

func checkFlags(c *Command) error {
	var faults []error
	for _, both := range clashes {
		if c.Flags&both == both {
			faults = append(faults, fmt.Errorf("flags %s contradict each other", strings.Join(both.Names(), " and ")))
		}
	}
	if c.Flags>>len(flagNames) != 0 || c.ACL>>len(categoryNames) != 0 {
		faults = append(faults, errors.New("unknown flags or categories"))
	}
	if c.Exclusive && c.Flags&FlagWrite != 0 {
		faults = append(faults, errors.New("a write is exclusive without saying so"))
	}
	if c.ACL&ACLFast != 0 && c.Flags&FlagFast == 0 || c.ACL&ACLSlow != 0 {
		faults = append(faults, errors.New("fast and slow follow from the flag"))
	}
	if c.Flags&FlagNoMandatoryKeys != 0 && !c.HasKeys() {
		faults = append(faults, errors.New("no_mandatory_keys without key specs"))
	}
	return errors.Join(faults...)
}

// checkKeySpecs checks that key specs are whole and stay within the words that arity promises.
func checkKeySpecs(c *Command) error {
	var faults []error
	words := max(c.Arity, -c.Arity)
	for i := range c.Keys {
		spec := &c.Keys[i]
		fault := func(text string, args ...any) {
			faults = append(faults, fmt.Errorf("key spec %d: "+text, append([]any{i}, args...)...))
		}
		if access := spec.Flags & (KeyRO | KeyRW | KeyOW | KeyRM); bits.OnesCount16(uint16(access)) != 1 && spec.Flags&KeyNotKey == 0 {
			fault("needs exactly one of RO, RW, OW and RM")
		}
		if spec.Flags&(KeyRW|KeyOW|KeyRM) != 0 && c.Flags&FlagReadonly != 0 && spec.Notes == "" {
			fault("changes keys in a read-only command, with no note why")
		}
		begin, find := &spec.Begin, &spec.Find
		within := words
		if find.Kind == FindRange && find.LastKey < 0 {
			// Such a range is empty where the command ends.
			within++
		}
		switch {
		case begin.Kind == SearchIndex && (begin.Index < 1 || begin.Index >= within):
			fault("begins at word %d of %d", begin.Index, words)
		case begin.Kind == SearchKeyword && (begin.Keyword == "" || begin.Keyword != strings.ToUpper(begin.Keyword) || begin.From == 0):
			fault("its keyword is not in upper case or begins nowhere")
		case begin.Kind == SearchUnknown != (find.Kind == FindUnknown):
			fault("only one of its steps is unknown")
		}
		if find.Kind != FindUnknown && find.Step < 1 {
			fault("steps by %d", find.Step)
		}
		if find.Limit < 0 || find.Limit > 0 && find.LastKey != -1 {
			fault("a limit goes with the last key -1")
		}
		if find.Kind == FindKeyNum && (find.KeyNumIndex < 0 || find.FirstKey <= find.KeyNumIndex) {
			fault("keys stand before their number")
		}
		if begin.Kind == SearchIndex && find.Kind == FindRange && find.LastKey >= 0 && begin.Index+find.LastKey >= words {
			fault("ends at word %d of %d", begin.Index+find.LastKey, words)
		}
	}
	return errors.Join(faults...)
}

// checkArguments checks the argument tree against arity and key specs.
func checkArguments(c *Command) error {
	if len(c.Arguments) == 0 {
		return nil
	}
	var faults []error
	checkTree(c, c.Arguments, &faults)
	least, bounded := countWords(c.Arguments)
	least++
	if c.Parent != nil {
		least++
	}
	switch {
	case c.Arity > 0 && (!bounded || least != c.Arity):
		faults = append(faults, fmt.Errorf("arity %d, but its syntax has %d words or more", c.Arity, least))
	case c.Arity < 0 && least < -c.Arity:
		faults = append(faults, fmt.Errorf("arity %d, but its syntax may have %d words", c.Arity, least))
	}
	return errors.Join(faults...)
}

func checkTree(c *Command, list []Argument, faults *[]error) {
	for i := range list {
		arg := &list[i]
		if arg.KeySpec >= len(c.Keys) {
			*faults = append(*faults, fmt.Errorf("argument %q: there is no key spec %d", arg.Name, arg.KeySpec))
		}
		if arg.Type == ArgKey && arg.KeySpec < 0 {
			*faults = append(*faults, fmt.Errorf("argument %q: a key without key spec", arg.Name))
		}
		if arg.MultipleToken && arg.Token == "" {
			*faults = append(*faults, fmt.Errorf("argument %q: no token to come again", arg.Name))
		}
		if arg.Since != "" && !isRelease(arg.Since) {
			*faults = append(*faults, fmt.Errorf("argument %q: since %q is no version", arg.Name, arg.Since))
		}
		checkTree(c, arg.Arguments, faults)
	}
}

// countWords is the least number of words that a list of arguments stands for, and whether it is the only one. Of several choices one
// is made, even where each is marked as optional.
func countWords(list []Argument) (least int, exact bool) {
	exact = true
	for i := range list {
		arg := &list[i]
		words, alone := argumentWords(arg)
		if arg.Optional {
			words, alone = 0, false
		}
		least += words
		exact = exact && alone && !arg.Multiple
	}
	return least, exact
}

func argumentWords(arg *Argument) (least int, exact bool) {
	least, exact = 1, true
	switch arg.Type {
	case ArgPureToken:
		return 1, true
	case ArgBlock:
		least, exact = countWords(arg.Arguments)
	case ArgOneOf:
		least, exact = argumentWords(&arg.Arguments[0])
		for i := range arg.Arguments {
			choice := &arg.Arguments[i]
			words, alone := argumentWords(choice)
			exact = exact && alone && words == least && !choice.Multiple
			least = min(least, words)
		}
	}
	if arg.Token != "" {
		least++
	}
	return least, exact
}

// isRelease reports whether text is a version such as 7.0.15.
func isRelease(text string) bool {
	parts := strings.Split(text, ".")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return len(parts) == 3
}
