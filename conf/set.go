package conf

import (
	"errors"
	"fmt"
	"strings"
)

// Pair is a directive's name and its value in the words of CONFIG GET and SET.
type Pair struct{ Name, Value string }

// Get answers CONFIG GET: every directive that a pattern matches, once, in the
// order of the table. A pattern without * ? [ is a name, answered under the
// spelling asked for, and finds hidden directives too. Secrets are shown, as in
// Redis.
func (c *Config) Get(patterns []string) []Pair {
	var pairs []Pair
	seen := map[string]bool{}
	add := func(e entry, name string) {
		if !seen[e.name] {
			seen[e.name] = true
			pairs = append(pairs, Pair{name, table.rows[e.row].format(c.values[e.row])})
		}
	}
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, "*?[") {
			if e, ok := table.find(pattern); ok {
				add(e, pattern)
			}
			continue
		}
		for _, e := range table.entries {
			if !table.rows[e.row].Has(Hidden) && match(pattern, e.name) {
				add(e, e.name)
			}
		}
	}
	return pairs
}

// OnChange has apply called when a successful parse of CONFIG SET changed the
// directive, in the order of the arguments. apply reads the new value from the
// Config and makes it work, or returns an error in words for the client; then
// every directive of the command gets its old value back, and the hooks that
// the command concerns are called once more to apply that. name may be an
// alias; hooks of one name are called in the order they were registered.
func (c *Config) OnChange(name string, apply func() error) {
	d, _ := c.at(name)
	c.hooks[d.Name] = append(c.hooks[d.Name], apply)
}

// Caller is what CONFIG SET must know of who asks.
type Caller struct {
	Local   bool // over a loopback address or the unix socket
	Loading bool // the server is loading its data
}

// ErrLoading refuses a directive while data is loaded: the client gets
// Redis's LOADING error.
var ErrLoading = errors.New("LOADING Redis is loading the dataset in memory")

// SetError is a CONFIG SET that changed nothing. Error is Redis's text without
// the leading ERR.
type SetError struct {
	Argument string
	Reason   string
	Unknown  bool // no directive has this name
	// Rollback is what hooks said when they were to apply the old values, for
	// the log. It is nil when all went well.
	Rollback error
}

func (e *SetError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("Unknown option or number of arguments for CONFIG SET - '%s'", e.Argument)
	}
	if e.Reason == "" {
		return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s')", e.Argument)
	}
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", e.Argument, e.Reason)
}

// Set is CONFIG SET: all of pairs or nothing. The error is a *SetError or
// ErrLoading.
func (c *Config) Set(pairs []Pair, from Caller) error {
	targets, err := c.targets(pairs, from)
	if err != nil {
		return err
	}
	old := make([]value, len(targets))
	for i, e := range targets {
		old[i] = c.values[e.row]
	}
	restore := func() {
		for i := len(targets) - 1; i >= 0; i-- {
			c.values[targets[i].row] = old[i]
		}
	}
	var changed []entry
	for i, e := range targets {
		moved, err := c.setOne(e, pairs[i].Value)
		if err != nil {
			restore()
			return &SetError{Argument: e.name, Reason: err.Error()}
		}
		if moved {
			changed = append(changed, e)
		}
	}
	if failed, err := c.applyAll(changed); err != nil {
		restore()
		return &SetError{Argument: failed.name, Reason: err.Error(), Rollback: c.reapply(changed)}
	}
	return nil
}

// targets finds the directives and refuses what may not be set, in Redis's
// order: the first argument that is wrong in any way is reported.
func (c *Config) targets(pairs []Pair, from Caller) ([]entry, error) {
	targets := make([]entry, 0, len(pairs))
	seen := map[string]bool{}
	for _, p := range pairs {
		e, ok := table.find(p.Name)
		if !ok {
			return nil, &SetError{Argument: p.Name, Unknown: true}
		}
		d := &table.rows[e.row]
		switch {
		case d.Has(Immutable):
			return nil, &SetError{Argument: p.Name, Reason: "can't set immutable config"}
		case d.Has(Protected) && !c.Allowed("enable-protected-configs", from.Local):
			return nil, &SetError{Argument: p.Name, Reason: "can't set protected config"}
		case d.Has(DenyLoading) && from.Loading:
			return nil, ErrLoading
		case seen[e.name]:
			return nil, &SetError{Argument: p.Name, Reason: "duplicate parameter"}
		}
		seen[e.name] = true
		targets = append(targets, e)
	}
	return targets, nil
}

// Allowed answers for enable-protected-configs, enable-debug-command and
// enable-module-command: whether a client may, being local or not.
func (c *Config) Allowed(name string, local bool) bool {
	word := c.String(name)
	return word == "yes" || word == "local" && local
}

// setOne changes one value, or on an error nothing.
func (c *Config) setOne(e entry, text string) (changed bool, err error) {
	d := &table.rows[e.row]
	args := []string{text}
	if d.Has(MultiArg) {
		// Redis splits at each blank here, not as in files: two blanks hold an
		// empty word between them. Nothing is no words.
		args = strings.Split(text, " ")
		if text == "" {
			args = nil
		}
	}
	v, err := d.parse(c, args)
	if err != nil {
		return false, err
	}
	if d.rule.unbuilt != nil && d.rule.unbuilt(v) {
		return false, errors.New(d.rule.unbuiltText)
	}
	changed = d.changed(c.values[e.row], v)
	c.values[e.row] = v
	return changed, nil
}

// Force sets a directive, immutable ones too, without asking or calling anyone:
// for what the server finds out itself, as that fewer clients fit than
// maxclients says, and for programs that embed it. text is in the words of
// CONFIG SET.
func (c *Config) Force(name, text string) error {
	e, ok := table.find(name)
	if !ok {
		return &SetError{Argument: name, Unknown: true}
	}
	if _, err := c.setOne(e, text); err != nil {
		return &SetError{Argument: name, Reason: err.Error()}
	}
	return nil
}

// applyAll calls the hooks of what changed until one fails. A directive named
// twice, once by its alias, is applied once.
func (c *Config) applyAll(changed []entry) (failed entry, err error) {
	for i, e := range changed {
		if appliedBefore(changed[:i], e) {
			continue
		}
		for _, apply := range c.hooks[table.rows[e.row].Name] {
			if err := apply(); err != nil {
				return e, err
			}
		}
	}
	return entry{}, nil
}

// reapply calls every hook of what was changed, now that the old values are
// back, and gathers what they complain of.
func (c *Config) reapply(changed []entry) error {
	var errs []error
	for i, e := range changed {
		if appliedBefore(changed[:i], e) {
			continue
		}
		for _, apply := range c.hooks[table.rows[e.row].Name] {
			errs = append(errs, apply())
		}
	}
	return errors.Join(errs...)
}

func appliedBefore(before []entry, e entry) bool {
	for _, b := range before {
		if b.row == e.row {
			return true
		}
	}
	return false
}
