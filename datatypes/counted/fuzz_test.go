package counted

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// FuzzTree takes its input for operations, four bytes each: what, where (two bytes, as a share of the length) and how large.
func FuzzTree(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x20\x01\xff\xff\xfe\x00\x80\x00\xff\x05\x40\x00\x03"))
	random := rand.New(rand.NewPCG(1, 1))
	for range 4 {
		input := make([]byte, 2000)
		for i := range input {
			input[i] = byte(random.Uint32())
		}
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 4000 {
			return
		}
		space := &page.Space{}
		m := &model{tree: newTree(space, nil, 4)}
		var views []view
		for number := byte(0); len(input) >= 4; input, number = input[4:], number+1 {
			n := len(m.want)
			i := (int(input[1])<<8 | int(input[2])) * (n + 1) >> 16
			size := int(input[3])
			entry := bytes.Repeat([]byte{number}, size)
			switch what := input[0] % 16; {
			case what == 15 && len(views) < 3:
				v := view{m.clone(*m.tree), 0}
				v.at = space.Open()
				views = append(views, v)
			case what == 14 && len(views) > 0:
				views[0].compare(t, i)
				space.Close(views[0].at)
				views = views[1:]
			case what == 13:
				other := m.clone(m.tree.Share())
				m = &other
			case what == 12 && n > 0:
				m.delete(i, min(n, i+size))
			case what == 11 && i < n:
				m.delete(i, i+1)
			case what >= 9 && i < n:
				m.set(i, append(entry, entry[:size%3*size/3]...))
			default:
				for range 1 + what {
					m.insert(i, entry)
				}
			}
			require.NoError(t, m.tree.Check())
		}
		m.compare(t, len(m.want)/2)
		for _, v := range views {
			v.compare(t, 0)
		}
	})
}
