// Package number has the text of numbers as C has it: printf's and strtod's of glibc in the C locale, which Lua 5.1 and lua-cjson build on.
//
// # Promise
//
// The bytes are glibc's for every double: exponents of two digits at least, "inf", "-inf", and "nan" or "-nan" by the sign bit. Casts of
// doubles to integers are those of the x86-64, where C leaves them open, on every machine. Nothing here panics or allocates beyond its result.
//
// Begin with text.go; format.go is printf with flags, width and precision, parse.go is strtod.
package number
