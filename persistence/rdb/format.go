package rdb

import "fmt"

// The newest version of Redis's format that is read and written here, and the only one of Valkey's that is read.
const (
	NewestVersion = 12
	ValkeyVersion = 80
)

const (
	oldestWritten   = 10
	checksumVersion = 5 // the first whose files end with one
	magicBytes      = 9
)

// Parts that are no entries.
const (
	opSlotInfo    = 244
	opFunction2   = 245
	opFunction    = 246
	opModuleAux   = 247
	opIdle        = 248
	opFreq        = 249
	opAux         = 250
	opResize      = 251
	opDeadlineMs  = 252
	opDeadline    = 253
	opSelect      = 254
	opEnd         = 255
	opSlotImport  = 243 // Valkey 9, in a cluster, while slots move
	bytesOfMs     = 8
	bytesOfCRC    = 8
	bytesOfID     = 16 // a stream's
	nodePlain     = 1  // a node of a quicklist that is one large item
	nodePacked    = 2
	moduleVersion = 10 // bits of a module's id that are the version of its data
)

// Type is how a value is written: the byte in the file, but for ValkeyHash, whose byte means something else in Redis's files.
type Type uint8

// The types. "n x" is a length n and so many x; packed forms lie in a string.
const (
	String             Type = 0  // string
	List               Type = 1  // n string
	Set                Type = 2  // n string
	SortedSet          Type = 3  // n (string, score as text)
	Hash               Type = 4  // n (field, value)
	SortedSet2         Type = 5  // n (string, score as float64)
	Module             Type = 6  // what its module alone can read
	Module2            Type = 7  // id, then values with their opcodes
	HashZipmap         Type = 9  // zipmap
	ListZiplist        Type = 10 // ziplist
	SetIntset          Type = 11 // intset
	SortedSetZiplist   Type = 12 // ziplist of members and scores
	HashZiplist        Type = 13 // ziplist of fields and values
	ListQuicklist      Type = 14 // n ziplist
	Stream             Type = 15 // see walk.go
	HashListpack       Type = 16 // listpack of fields and values
	SortedSetListpack  Type = 17 // listpack of members and scores
	ListQuicklist2     Type = 18 // n (1 string | 2 listpack)
	Stream2            Type = 19
	SetListpack        Type = 20 // listpack
	Stream3            Type = 21
	HashMetadataPre    Type = 22 // n (deadline, field, value), 0: none
	HashListpackExPre  Type = 23 // listpack of fields, values and deadlines
	HashMetadata       Type = 24 // i64 first deadline, n (0 | 1 + deadline - first, field, value)
	HashListpackEx     Type = 25 // i64 about the first deadline, listpack of fields, values and deadlines
	ValkeyHash         Type = 86 // n (field, value, i64 deadline), -1: none. In the file: 22
	valkeyHashByte          = 22
	newestRedisType         = HashListpackEx
	noType             Type = 255
	lastTypeOfVersion9      = Stream
)

var typeNames = map[Type]string{
	String: "string", List: "list-linked", Set: "set-hashtable", SortedSet: "zset-v1", Hash: "hash-hashtable", SortedSet2: "zset-v2",
	Module: "module-value", Module2: "module-value-v2", HashZipmap: "hash-zipmap", ListZiplist: "list-ziplist", SetIntset: "set-intset",
	SortedSetZiplist: "zset-ziplist", HashZiplist: "hash-ziplist", ListQuicklist: "quicklist", Stream: "stream",
	HashListpack: "hash-listpack", SortedSetListpack: "zset-listpack", ListQuicklist2: "quicklist-v2", Stream2: "stream-v2",
	SetListpack: "set-listpack", Stream3: "stream-v3", HashMetadataPre: "hash-hashtable-md-pre-release",
	HashListpackExPre: "hash-listpack-md-pre-release", HashMetadata: "hash-hashtable-md", HashListpackEx: "hash-listpack-md",
	ValkeyHash: "hash-hashtable-valkey",
}

// String is the type's name, in redis-check-rdb's words where it has one.
func (t Type) String() string {
	if name, known := typeNames[t]; known {
		return name
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Kind is what a value is to a client.
type Kind uint8

// The kinds.
const (
	KindUnknown Kind = iota
	KindString
	KindList
	KindSet
	KindSortedSet
	KindHash
	KindStream
	KindModule
)

// Kind is what values of the type are, KindUnknown if nothing here knows the type.
func (t Type) Kind() Kind {
	switch t {
	case String:
		return KindString
	case List, ListZiplist, ListQuicklist, ListQuicklist2:
		return KindList
	case Set, SetIntset, SetListpack:
		return KindSet
	case SortedSet, SortedSet2, SortedSetZiplist, SortedSetListpack:
		return KindSortedSet
	case Hash, HashZipmap, HashZiplist, HashListpack, HashMetadataPre, HashListpackExPre, HashMetadata, HashListpackEx, ValkeyHash:
		return KindHash
	case Stream, Stream2, Stream3:
		return KindStream
	case Module, Module2:
		return KindModule
	}
	return KindUnknown
}

// TypeOf is the type that a byte of a file or payload of that version stands for; false if nothing here knows it.
func TypeOf(b byte, version int) (Type, bool) {
	t := Type(b)
	if version == ValkeyVersion {
		if b == valkeyHashByte {
			return ValkeyHash, true
		}
		return t, t <= Stream3 && t.Kind() != KindUnknown
	}
	return t, t <= newestRedisType && t.Kind() != KindUnknown
}

// since is the first version whose readers know a type.
func (t Type) since() int {
	switch {
	case t == ValkeyHash:
		return ValkeyVersion
	case t >= HashMetadataPre:
		return 12
	case t >= SetListpack:
		return 11
	case t > lastTypeOfVersion9:
		return 10
	}
	return 1
}

// readable tells whether files and payloads of a version are read here.
func readable(version int) bool {
	return version >= 1 && version <= NewestVersion || version == ValkeyVersion
}

// parseMagic reads the first nine bytes of a file: "REDIS" and four digits, or "VALKEY" and three.
func parseMagic(magic []byte) (version int, err error) {
	digits, valkey := magic[5:], false
	switch {
	case string(magic[:6]) == "VALKEY":
		digits, valkey = magic[6:], true
	case string(magic[:5]) != "REDIS":
		return 0, fmt.Errorf("no dump: it begins with %q", magic)
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("no dump: it begins with %q", magic)
		}
		version = version*10 + int(c-'0')
	}
	if !readable(version) || valkey != (version == ValkeyVersion) {
		return 0, fmt.Errorf("can't read version %s of the format", magic)
	}
	return version, nil
}

// moduleName is the name in a module's id: nine characters of six bits each, above the version of its data.
func moduleName(id uint64) string {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var name [9]byte
	id >>= moduleVersion
	for i := len(name) - 1; i >= 0; i-- {
		name[i] = characters[id&63]
		id >>= 6
	}
	return string(name[:])
}
