// Package packed is how small collections lie: their items one behind the other, in one piece of bytes.
//
//	| count, uvarint | item | item | ...
//
//	an item   0x00-0xbf          a string of so many bytes, which follow
//	          0xc0-0xc7          an integer of 1 to 8 bytes, which follow, little-endian, two's complement
//	          0xc8, u16          a longer string, to 65,535 bytes
//	          0xc9, u32          a longer one
//	          0xca-0xff          an integer from 0 to 53
//
// A string that reads as an integer is written as one, in the fewest bytes, so that equal items have equal bytes and an item is found by
// comparing bytes. What is written comes back digit by digit.
//
// A piece is never changed in place: every change appends the new piece to a destination that the caller provides, which must not overlap
// the old one. All costs are of the bytes gone through; whoever keeps pieces bounds them (a few KiB, MaxBytes).
//
// Begin reading in packed.go.
package packed
