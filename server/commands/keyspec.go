package commands

// KeyFlag says what a command does to a key.
type KeyFlag uint16

// The flags of keys, in the order in which COMMAND INFO shows them.
const (
	// KeyRO, KeyRW, KeyOW and KeyRM: the key's value or metadata is read, changed, overwritten, or removed. A spec has exactly one of them.
	KeyRO KeyFlag = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	// KeyAccess, KeyUpdate, KeyInsert and KeyDelete tell what happens to the user's data in it: it is returned or copied, changed, added
	// to, deleted.
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	// KeyNotKey marks a word that is routed like a key in a cluster and is none.
	KeyNotKey
	// KeyIncomplete marks a spec that may not find all keys.
	KeyIncomplete
	// KeyVariableFlags marks a spec whose flags depend on the command's arguments.
	KeyVariableFlags
)

var keyFlagNames = [...]string{"RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags"}

// Names are the flags' names in COMMAND INFO's order.
func (f KeyFlag) Names() []string { return setNames(uint32(f), keyFlagNames[:]) }

// KeySpec says where some of a command's keys stand, in two steps: Begin finds the word where the search begins, Find the keys from there.
type KeySpec struct {
	Begin BeginSearch
	Find  FindKeys
	Flags KeyFlag
	// Notes explain a spec that can't be exact.
	Notes string
}

// SearchKind tells how a key spec's search begins.
type SearchKind uint8

// The ways to begin a search.
const (
	SearchUnknown SearchKind = iota
	SearchIndex
	SearchKeyword
)

// BeginSearch is the first step of a key spec; made by AtIndex and AfterKeyword, its zero value is "unknown".
type BeginSearch struct {
	Kind SearchKind
	// Index is the word to begin at, for SearchIndex; the command's name is word 0.
	Index int
	// Keyword, in upper case, stands before the word to begin at; it is looked for from the word From on, or, where From is negative, from
	// that many words before the end backwards.
	Keyword string
	From    int
}

// AtIndex begins at a fixed word.
func AtIndex(index int) BeginSearch { return BeginSearch{Kind: SearchIndex, Index: index} }

// AfterKeyword begins behind a keyword.
func AfterKeyword(keyword string, from int) BeginSearch {
	return BeginSearch{Kind: SearchKeyword, Keyword: keyword, From: from}
}

// FindKind tells how a key spec finds keys.
type FindKind uint8

// The ways to find keys.
const (
	FindUnknown FindKind = iota
	FindRange
	FindKeyNum
)

// FindKeys is the second step of a key spec; made by Range and KeyNum, its zero value is "unknown".
type FindKeys struct {
	Kind FindKind
	// LastKey is the last key, counted from the first or, where negative, from the command's end; with a Limit (then LastKey is -1) only
	// the first 1/Limit of the remaining words are keys.
	LastKey int
	Limit   int
	// KeyNumIndex is the word that holds the number of keys and FirstKey the first key, both counted from where the search begins.
	KeyNumIndex int
	FirstKey    int
	// Step is the distance from key to key.
	Step int
}

// Range finds the keys from the search's beginning to lastKey.
func Range(lastKey, step, limit int) FindKeys {
	return FindKeys{Kind: FindRange, LastKey: lastKey, Step: step, Limit: limit}
}

// KeyNum finds as many keys as a word says.
func KeyNum(keyNumIndex, firstKey, step int) FindKeys {
	return FindKeys{Kind: FindKeyNum, KeyNumIndex: keyNumIndex, FirstKey: firstKey, Step: step}
}

// KeyAt is the spec of one key at a fixed word, the most frequent.
func KeyAt(index int, flags KeyFlag) KeySpec {
	return KeySpec{Begin: AtIndex(index), Find: Range(0, 1, 0), Flags: flags}
}

// KeysFrom is the spec of a command all of whose words from index on are keys.
func KeysFrom(index int, flags KeyFlag) KeySpec {
	return KeySpec{Begin: AtIndex(index), Find: Range(-1, 1, 0), Flags: flags}
}

// KeyRef is one key among a command's words.
type KeyRef struct {
	Index int
	Flags KeyFlag
}

// KeysFunc finds the keys of a command whose specs can't. It appends to dst and returns it unchanged where there are none.
type KeysFunc func(args [][]byte, dst []KeyRef) []KeyRef

// HasKeys reports whether the command may have keys; words that are only routed like keys don't count.
func (r *Row) HasKeys() bool {
	if r.KeysFunc != nil {
		return true
	}
	for i := range r.Keys {
		if r.Keys[i].Flags&KeyNotKey == 0 {
			return true
		}
	}
	return false
}

// AppendKeys appends the command's keys to dst in the order of its specs; args[0] is the command's name, and for a subcommand args[1] its
// own. What it appends is nothing where there are no keys and where the words don't fit the specs: then the handler has something to
// complain about. It does not allocate while dst has room.
func (r *Row) AppendKeys(args [][]byte, dst []KeyRef) []KeyRef {
	start := len(dst)
	exact := len(r.Keys) > 0
	for i := range r.Keys {
		spec := &r.Keys[i]
		if spec.Flags&KeyVariableFlags != 0 {
			exact = false
			break
		}
		if spec.Flags&KeyNotKey != 0 {
			continue
		}
		if dst, exact = spec.appendKeys(args, dst); !exact {
			break
		}
	}
	if exact {
		return dst
	}
	dst = dst[:start]
	if r.KeysFunc != nil {
		dst = r.KeysFunc(args, dst)
	}
	return dst
}

// appendKeys appends the keys of one spec; false says that the words don't fit or that the spec does not know.
func (s *KeySpec) appendKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	first, found := s.Begin.first(args)
	if !found {
		return dst, s.Begin.Kind != SearchUnknown
	}
	last, argc := 0, len(args)
	switch s.Find.Kind {
	case FindRange:
		switch {
		case s.Find.LastKey >= 0:
			last = first + s.Find.LastKey
		case s.Find.Limit == 0:
			last = argc + s.Find.LastKey
		default:
			last = first + (argc-first)/s.Find.Limit + s.Find.LastKey
		}
	case FindKeyNum:
		at := first + s.Find.KeyNumIndex
		if at >= argc {
			return dst, false
		}
		count, ok := ParseInt(args[at])
		if !ok || count < 0 {
			return dst, false
		}
		first += s.Find.FirstKey
		// Redis takes the count's low 32 bits here; what is left of a larger one is refused by the handler.
		last = first + (int(int32(count))-1)*s.Find.Step
	default:
		return dst, false
	}
	if last >= argc || last < first {
		return dst, false
	}
	for i := first; i <= last; i += s.Find.Step {
		dst = append(dst, KeyRef{i, s.Flags})
	}
	return dst, s.Flags&KeyIncomplete == 0
}

// first is the word where the search for keys begins.
func (b *BeginSearch) first(args [][]byte) (int, bool) {
	switch b.Kind {
	case SearchIndex:
		return b.Index, true
	case SearchKeyword:
		at, end, step := b.From, len(args)-1, 1
		if b.From <= 0 {
			at, end = len(args)+b.From, 1
		}
		if at > end {
			step = -1
		}
		// The word at the end is not looked at: forwards, a keyword there would have no key behind it; backwards, it is the first word.
		for ; at != end && at >= 1 && at < len(args); at += step {
			if IsWord(args[at], b.Keyword) {
				return at + 1, true
			}
		}
	}
	return 0, false
}

// legacy sums up key specs as the first key, the last key (negative: from the end) and the step that clients knew before key specs.
// movable says that this does not cover all keys.
func legacy(specs []KeySpec) (first, last, step int, movable bool) {
	if len(specs) == 0 {
		return 0, 0, 0, false
	}
	if only := &specs[0]; len(specs) == 1 && only.isRange() {
		first, last, step = only.Begin.Index, only.Find.LastKey, only.Find.Step
		if last >= 0 {
			last += first
		}
		return first, last, step, only.Flags&KeyIncomplete != 0
	}
	for i := range specs {
		spec := &specs[i]
		if !spec.isRange() || spec.Find.Step != 1 || last != 0 && last != spec.Begin.Index-1 {
			movable = true
			continue
		}
		movable = movable || spec.Flags&KeyIncomplete != 0
		end := spec.Find.LastKey
		if end >= 0 {
			end += spec.Begin.Index
		}
		if first == 0 || spec.Begin.Index < first {
			first = spec.Begin.Index
		}
		// A negative end lies behind every other.
		if uint(end) > uint(last) {
			last = end
		}
	}
	if first == 0 {
		return 0, 0, 0, true
	}
	return first, last, 1, movable
}

func (s *KeySpec) isRange() bool { return s.Begin.Kind == SearchIndex && s.Find.Kind == FindRange }

// KeysByCount finds the keys of a command with a count of keys at the word count, keys from the word first on, and a destination at the
// word store unless that is 0. It is asked only for words that the key spec refuses; the count is read as loosely as atoi does.
func KeysByCount(store, count, first int) KeysFunc {
	return func(args [][]byte, dst []KeyRef) []KeyRef {
		if count >= len(args) {
			return dst
		}
		number := leadingInt(args[count])
		if number < 1 || number > len(args)-first {
			return dst
		}
		for i := range number {
			dst = append(dst, KeyRef{Index: first + i})
		}
		if store > 0 {
			dst = append(dst, KeyRef{Index: store})
		}
		return dst
	}
}

// KeysOfSet tells a SET that reads from one that doesn't.
func KeysOfSet(args [][]byte, dst []KeyRef) []KeyRef {
	for _, word := range args[min(3, len(args)):] {
		if IsWord(word, "GET") || parseConditionKind(word) >= ifEqual {
			return append(dst, KeyRef{1, KeyRW | KeyAccess | KeyUpdate})
		}
	}
	return append(dst, KeyRef{1, KeyOW | KeyUpdate})
}

// KeysOfBitField tells a BITFIELD of GETs alone from one that writes.
func KeysOfBitField(args [][]byte, dst []KeyRef) []KeyRef {
	for i := 2; i < len(args); i++ {
		left := len(args) - i - 1
		switch {
		case IsWord(args[i], "GET") && left >= 2:
			i += 2
		case IsWord(args[i], "OVERFLOW") && left >= 1:
			i++
		default:
			return append(dst, KeyRef{1, KeyRW | KeyAccess | KeyUpdate})
		}
	}
	return append(dst, KeyRef{1, KeyRO | KeyAccess})
}

// KeysOfSortRO finds the one key of SORT_RO that stands among its words; those made by BY and GET can't be told.
func KeysOfSortRO(_ [][]byte, dst []KeyRef) []KeyRef {
	return append(dst, KeyRef{1, KeyRO | KeyAccess})
}

// KeysOfSort finds SORT's key and the destination of its last STORE.
func KeysOfSort(args [][]byte, dst []KeyRef) []KeyRef {
	dst = append(dst, KeyRef{1, KeyRO | KeyAccess})
	store := 0
	for i := 2; i < len(args); i++ {
		switch {
		case IsWord(args[i], "LIMIT"):
			i += 2
		case IsWord(args[i], "GET"), IsWord(args[i], "BY"):
			i++
		case IsWord(args[i], "STORE") && i+1 < len(args):
			store = i + 1
		}
	}
	if store > 0 {
		dst = append(dst, KeyRef{store, KeyOW | KeyUpdate})
	}
	return dst
}

// KeysOfMigrate finds MIGRATE's key or, behind KEYS, its keys.
func KeysOfMigrate(args [][]byte, dst []KeyRef) []KeyRef {
	const flags = KeyRW | KeyAccess | KeyDelete
	for i := 6; i < len(args); i++ {
		switch {
		case IsWord(args[i], "AUTH"):
			i++
		case IsWord(args[i], "AUTH2"):
			i += 2
		case IsWord(args[i], "KEYS"):
			if len(args[3]) > 0 {
				return dst
			}
			for at := i + 1; at < len(args); at++ {
				dst = append(dst, KeyRef{at, flags})
			}
			return dst
		}
	}
	return append(dst, KeyRef{3, flags})
}

// KeysOfGeoRadius finds the key of GEORADIUS and its like, and the destination of the last STORE or STOREDIST.
func KeysOfGeoRadius(args [][]byte, dst []KeyRef) []KeyRef {
	dst = append(dst, KeyRef{Index: 1})
	store := 0
	for i := 5; i+1 < len(args); i++ {
		if IsWord(args[i], "STORE") || IsWord(args[i], "STOREDIST") {
			i++
			store = i
		}
	}
	if store > 0 {
		dst = append(dst, KeyRef{Index: store})
	}
	return dst
}

// KeysOfXRead finds the keys of XREAD and XREADGROUP, the first half of what follows STREAMS.
func KeysOfXRead(args [][]byte, dst []KeyRef) []KeyRef {
	for i := 1; i < len(args); i++ {
		switch {
		case IsWord(args[i], "BLOCK"), IsWord(args[i], "COUNT"):
			i++
		case IsWord(args[i], "GROUP"):
			i += 2
		case IsWord(args[i], "NOACK"):
		case IsWord(args[i], "STREAMS"):
			left := len(args) - i - 1
			if left%2 != 0 {
				return dst
			}
			for at := i + 1; at <= i+left/2; at++ {
				dst = append(dst, KeyRef{Index: at})
			}
			return dst
		default:
			return dst
		}
	}
	return dst
}

// leadingInt reads as C's atoi does; what leaves 31 bits comes back as 0, which no command takes for a number of keys.
func leadingInt(word []byte) int {
	for len(word) > 0 && (word[0] == ' ' || '\t' <= word[0] && word[0] <= '\r') {
		word = word[1:]
	}
	if len(word) > 0 && word[0] == '+' {
		word = word[1:]
	}
	number := 0
	for _, b := range word {
		if !isDigit(b) {
			break
		}
		if number = number*10 + int(b-'0'); number > 1<<31-1 {
			return 0
		}
	}
	return number
}
