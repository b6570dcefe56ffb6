package commands

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// fieldTypes are all types there are.
func fieldTypes() []fieldType {
	var all []fieldType
	for width := uint8(1); width <= 64; width++ {
		all = append(all, fieldType{width, true})
		if width < 64 {
			all = append(all, fieldType{width, false})
		}
	}
	return all
}

// TestFieldsLieInTheirBits writes numbers of every type at every place in a byte and reads them, and leaves the bits around them alone.
func TestFieldsLieInTheirBits(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, ft := range fieldTypes() {
		for shift := range uint(8) {
			var f field
			for i := range f.cells {
				f.cells[i] = byte(random.Uint32())
			}
			f.shift, f.size = shift, (int(shift)+int(ft.width)+7)/8
			before := f.cells
			n := ft.fit(random.Uint64())
			f.set(ft, n)
			require.Equal(t, n, f.get(ft), "%v at %d", ft, shift)
			was, is := bitsOf(before[:]), bitsOf(f.cells[:])
			require.Equal(t, was[:shift], is[:shift], "before %v at %d", ft, shift)
			end := int(shift) + int(ft.width)
			require.Equal(t, was[end:], is[end:], "behind %v at %d", ft, shift)
			written, _ := new(big.Int).SetString(string(is[shift:end]), 2)
			if ft.signed && is[shift] == '1' {
				written.Sub(written, new(big.Int).Lsh(big.NewInt(1), uint(ft.width)))
			}
			require.Equal(t, big.NewInt(n).String(), written.String(), "%v at %d", ft, shift)
		}
	}
}

// TestSumsOfFields adds numbers of every type, at its limits too, as whole numbers without limits are added.
func TestSumsOfFields(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	for _, ft := range fieldTypes() {
		least, greatest := ft.limits()
		for range 200 {
			base := []int64{least, greatest, ft.fit(random.Uint64()), ft.fit(1 << (64 - ft.width))}[random.IntN(4)]
			by := []int64{1, -1, 1 << 62, -1 << 63, 1<<63 - 1, greatest, -greatest, int64(random.Uint64()) >> random.IntN(64)}[random.IntN(8)]
			exact := new(big.Int).Add(big.NewInt(base), big.NewInt(by))
			over, under := exact.Cmp(big.NewInt(greatest)) > 0, exact.Cmp(big.NewInt(least)) < 0
			for _, mode := range []overflow{overflowWrap, overflowSat, overflowFail} {
				op := fieldOp{fieldType: ft, overflow: mode}
				sum, ok := op.add(base, by)
				require.Equal(t, mode != overflowFail || !over && !under, ok, "%v %d%+d", ft, base, by)
				switch {
				case !over && !under:
					require.Equal(t, exact.Int64(), sum, "%v %d%+d", ft, base, by)
				case mode == overflowSat && over:
					require.Equal(t, greatest, sum, "%v %d%+d", ft, base, by)
				case mode == overflowSat:
					require.Equal(t, least, sum, "%v %d%+d", ft, base, by)
				case mode == overflowWrap:
					modulus := new(big.Int).Lsh(big.NewInt(1), uint(ft.width))
					distance := exact.Sub(exact, big.NewInt(sum))
					require.Zero(t, distance.Mod(distance, modulus).Sign(), "%v %d%+d", ft, base, by)
					require.True(t, least <= sum && sum <= greatest, "%v %d%+d", ft, base, by)
				}
			}
		}
	}
}

// TestNumbersTooSmallToSet saturates as Redis does, whose differences have 64 bits: what is far too small counts as too large.
func TestNumbersTooSmallToSet(t *testing.T) {
	for _, c := range []struct {
		fieldType
		value, becomes int64
	}{
		{fieldType{8, true}, -129, -128},
		{fieldType{8, true}, 127 - math.MaxInt64, -128},
		{fieldType{8, true}, 126 - math.MaxInt64, 127},
		{fieldType{63, true}, math.MinInt64, 1<<62 - 1},
		{fieldType{64, true}, math.MinInt64, math.MinInt64},
		{fieldType{8, false}, -1, 255},
		{fieldType{63, false}, math.MinInt64, math.MaxInt64},
	} {
		op := fieldOp{fieldType: c.fieldType, overflow: overflowSat}
		becomes, ok := op.add(c.value, 0)
		require.True(t, ok)
		require.Equal(t, c.becomes, becomes, "%v %d", c.fieldType, c.value)
	}
}

// TestFieldWords reads the words of BITFIELD, good ones and bad ones.
func TestFieldWords(t *testing.T) {
	for _, c := range []struct {
		words   []string
		ops     []fieldOp
		errText string
	}{
		{nil, nil, ""},
		{[]string{"get", "u8", "#3"}, []fieldOp{{action: fieldGet, fieldType: fieldType{8, false}, offset: 24}}, ""},
		{[]string{"OVERFLOW", "sat", "SET", "i5", "7", "-3", "GET", "u1", "0"}, []fieldOp{
			{fieldSet, overflowSat, fieldType{5, true}, 7, -3}, {action: fieldGet, overflow: overflowSat, fieldType: fieldType{1, false}}}, ""},
		{[]string{"OVERFLOW", "FAIL"}, nil, ""},
		{[]string{"OVERFLOW"}, nil, ErrSyntax},
		{[]string{"OVERFLOW", "GET"}, nil, errFieldOverflow},
		{[]string{"GET", "u8"}, nil, ErrSyntax},
		{[]string{"SET", "u8", "0"}, nil, ErrSyntax},
		{[]string{"SET", "u64", "x", "x"}, nil, errFieldType},
		{[]string{"SET", "u8", "x", "x"}, nil, errBitOffset},
		{[]string{"INCRBY", "u8", "0", "x"}, nil, ErrNotInteger},
		{[]string{"GET", "u8", "800"}, nil, errBitOffset},
		{[]string{"GET", "u8", "#99"}, []fieldOp{{action: fieldGet, fieldType: fieldType{8, false}, offset: 792}}, ""},
		{[]string{"GET", "u8", "#100"}, nil, errBitOffset},
		{[]string{"GET", "i64", "#4611686018427387904"}, []fieldOp{{action: fieldGet, fieldType: fieldType{64, true}}}, ""},
	} {
		var words [][]byte
		for _, word := range c.words {
			words = append(words, []byte(word))
		}
		ops, errText := parseFields(words, 100, nil)
		require.Equal(t, c.errText, errText, c.words)
		require.Equal(t, c.ops, ops, c.words)
	}
}
