package commands

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Names of few different bytes, so that many are alike, against a map.
func TestNameIndex(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range 50 {
		letters := "aZ\x00-"
		if random.IntN(2) == 0 {
			letters = "AbyzZ@[`{\x00\x1f!\x80\xc1\xda\xff._"
		}
		longest := 1 + random.IntN(20)
		name := func() string {
			b := make([]byte, 1+random.IntN(longest))
			for i := range b {
				b[i] = letters[random.IntN(len(letters))]
			}
			return string(b)
		}
		byName := map[string]*Command{}
		for range random.IntN(300) {
			name := lowered(name())
			byName[name] = &Command{fullName: name}
		}
		ix := newNameIndex(byName)
		require.Nil(t, ix.find(nil))
		for name, command := range byName {
			require.Same(t, command, ix.find([]byte(name)), "%q", name)
			require.Same(t, command, ix.find([]byte(raised(name))), "%q", name)
		}
		for range 1000 {
			name := name()
			require.Equal(t, byName[lowered(name)], ix.find([]byte(name)), "%q", name)
		}
	}
}

// lowered and raised change ASCII letters alone.
func lowered(name string) string { return mapped(name, 'A', 'Z', 'a'-'A') }
func raised(name string) string  { return mapped(name, 'a', 'z', 'A'-'a') }

func mapped(name string, from, to byte, by int) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if from <= c && c <= to {
			c = byte(int(c) + by)
		}
		b.WriteByte(c)
	}
	return b.String()
}
