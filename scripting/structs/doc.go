// Package structs is Lua's library struct (Roberto Ierusalimschy's, of 2018), as Redis 7.0.15 gives it to scripts: numbers and strings to bytes in
// a given format and back.
//
// A format is read letter by letter:
//
//	> <        from here on big or little endian (little is the default)
//	![n]       from here on aligned to at most n bytes, a power of two (8 without n; 1 is the default)
//	x          a byte of padding
//	b B h H l L T   integers of 1, 2, 8 and 8 bytes, signed and unsigned
//	i[n] I[n]  integers of n bytes (4), 32 at most
//	f d        float and double
//	s          a string that ends with a zero byte
//	c[n]       n bytes (1); c0 is a whole string, when unpacking as many bytes as the number before it says
//
// # Promise
//
// The same bytes, values and errors as in Redis on a 64-bit little endian machine, what C leaves undefined (numbers that fit no integer, signed
// integers above 8 bytes) as such a machine does it.
//
// # Bounds
//
// Sizes are checked before anything is made of them; results of unpack are bounded by lua51.StackSlots, packed strings by lua51.Options.StringBytes.
//
// Begin reading at format.go.
package structs
