package compat

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestHashesLikeRedis changes and reads hashes of a few fields and of hundreds, on both sides of the bounds of the small encoding, which
// move, among keys that hold other types or have expired.
func TestHashesLikeRedis(t *testing.T) {
	t.Parallel()
	likeRedis(t, func(random *rand.Rand) [][]string {
		key := fmt.Sprintf("k%d", random.IntN(4))
		switch random.IntN(12) {
		case 0:
			return [][]string{otherThanHash(random, key)}
		case 1:
			return smallHash(random)
		case 2:
			return [][]string{hashChange(random, key), {"DEBUG", "DIGEST-VALUE", key}, {"OBJECT", "ENCODING", key}, {"HLEN", key}}
		case 3, 4, 5:
			return [][]string{hashRead(random, key), hashRead(random, key)}
		}
		return [][]string{hashChange(random, key), hashRead(random, key)}
	})
}

// hashField is a field out of some hundreds, most of them short.
func hashField(random *rand.Rand) string {
	switch n := random.IntN(220); {
	case n < 60:
		return strconv.Itoa(n - 20)
	case n < 70:
		return "0" + strconv.Itoa(n)
	case n == 70:
		return ""
	case n == 71:
		return strings.Repeat("f", 60+random.IntN(8))
	case n == 72:
		return "\x00\r\n\xff"
	default:
		return "field-" + strconv.Itoa(n)
	}
}

func hashValue(random *rand.Rand) string {
	switch random.IntN(40) {
	case 0:
		return strings.Repeat("v", 60+random.IntN(10))
	case 1:
		return ""
	case 2:
		return strings.Repeat("long", random.IntN(2000))
	case 3, 4:
		return floatWord(random)
	case 5, 6, 7, 8:
		return "value-" + strconv.Itoa(random.IntN(1000))
	}
	return strconv.FormatInt(int64(random.Uint64())>>random.IntN(64), 10)
}

// hashChange changes a hash; most often few fields of it, sometimes many.
func hashChange(random *rand.Rand, key string) []string {
	many := 1 + random.IntN(3)
	if random.IntN(10) == 0 {
		many = 1 + random.IntN(150)
	}
	pairs := func(words ...string) []string {
		for range many {
			words = append(words, hashField(random), hashValue(random))
		}
		return words
	}
	field := hashField(random)
	switch random.IntN(9) {
	case 0, 1:
		return pairs("HSET", key)
	case 2:
		return pairs("HMSET", key)
	case 3, 4, 5:
		words := []string{"HDEL", key}
		for range many * 3 {
			words = append(words, hashField(random))
		}
		return words
	case 6:
		return []string{"HSETNX", key, field, hashValue(random)}
	case 7:
		return []string{"HINCRBY", key, field, strconv.FormatInt(int64(random.Uint64())>>random.IntN(64), 10)}
	}
	return []string{"HINCRBYFLOAT", key, field, floatWord(random)}
}

// hashRead asks what doesn't depend on the order in which fields lie.
func hashRead(random *rand.Rand, key string) []string {
	switch random.IntN(8) {
	case 0:
		return []string{"HLEN", key}
	case 1:
		return []string{"HEXISTS", key, hashField(random)}
	case 2:
		return []string{"HSTRLEN", key, hashField(random)}
	case 3:
		return []string{"HMGET", key, hashField(random), hashField(random), hashField(random), hashField(random)}
	case 4:
		return []string{"OBJECT", "ENCODING", key}
	case 5:
		return []string{"TYPE", key}
	}
	return []string{"HGET", key, hashField(random)}
}

// otherThanHash is a command about any key, one that puts another type there, or one that moves the bounds.
func otherThanHash(random *rand.Rand, key string) []string {
	other := fmt.Sprintf("k%d", random.IntN(4))
	switch random.IntN(10) {
	case 0:
		return []string{"DEL", key}
	case 1:
		return []string{"SET", key, "5", "GET"}
	case 2:
		return []string{"RPUSH", key, "5"}
	case 3:
		return []string{"COPY", key, other, "REPLACE"}
	case 4:
		return []string{"RENAME", key, other}
	case 5:
		return []string{"PEXPIREAT", key, "1"}
	case 6:
		return []string{"PEXPIREAT", key, "99999999999999"}
	case 7:
		return []string{"CONFIG", "SET", "hash-max-listpack-entries", []string{"6", "20", "128", "300"}[random.IntN(4)]}
	case 8:
		return []string{"CONFIG", "SET", "hash-max-listpack-value", []string{"9", "64", "100", "5000"}[random.IntN(4)]}
	}
	return []string{"INCR", key}
}

// smallHash changes a hash that stays small, whose fields come in the order in which they were added.
func smallHash(random *rand.Rand) [][]string {
	fields := []string{"a", "b", "1", "-7", "01", ""}
	field := func() string { return fields[random.IntN(len(fields))] }
	value := strconv.Itoa(random.IntN(2000) - 1000)
	change := []string{"HSET", "small", field(), value, field(), value}
	switch random.IntN(3) {
	case 0:
		change = []string{"HDEL", "small", field(), field()}
	case 1:
		change = []string{"HINCRBY", "small", field(), value}
	}
	read := [][]string{
		{"HGETALL", "small"}, {"HKEYS", "small"}, {"HVALS", "small"}, {"HSCAN", "small", "0", "COUNT", "1"},
		{"HRANDFIELD", "small", "6", "WITHVALUES"}, {"HSCAN", "small", "0", "MATCH", "?"}, {"HRANDFIELD", "small", "10"},
	}[random.IntN(7)]
	return [][]string{change, read}
}
