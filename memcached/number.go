package memcached

import "math"

// Numbers are read as memcached reads them, with C's strtoll and strtoull: blanks before them, a sign, digits, and then the end or a blank, whatever
// follows it. What is out of 64 bits is refused, what is out of 32 loses its upper half.

// blank is C's isspace.
func blank(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

// digits reads the digits that a number begins with behind blanks and a sign; ok is false if there are none, something else follows them, or
// they are more than 64 bits.
func digits(word []byte) (n uint64, minus, ok bool) {
	i := 0
	for i < len(word) && blank(word[i]) {
		i++
	}
	if i < len(word) && (word[i] == '-' || word[i] == '+') {
		minus = word[i] == '-'
		i++
	}
	first := i
	for ; i < len(word) && '0' <= word[i] && word[i] <= '9'; i++ {
		d := uint64(word[i] - '0')
		if n > (math.MaxUint64-d)/10 {
			return 0, minus, false
		}
		n = n*10 + d
	}
	return n, minus, i > first && (i == len(word) || word[i] == 0 || blank(word[i]))
}

// unsigned reads a number without a sign, of 64 bits. As in C a minus turns it into what is missing to 2^64, which is refused where it looks negative.
func unsigned(word []byte) (n uint64, ok bool) {
	n, minus, ok := digits(word)
	if minus {
		n = -n
		if int64(n) < 0 {
			return 0, false
		}
	}
	return n, ok
}

// unsigned32 is unsigned for 32 bits.
func unsigned32(word []byte) (n uint32, ok bool) {
	long, ok := unsigned(word)
	return uint32(long), ok
}

// signed32 reads a number with a sign.
func signed32(word []byte) (n int32, ok bool) {
	long, minus, ok := digits(word)
	if long > math.MaxInt64 && (!minus || long > 1<<63) {
		return 0, false
	}
	if minus {
		long = -long
	}
	return int32(long), ok
}
