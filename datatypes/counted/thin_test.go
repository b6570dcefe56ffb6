package counted

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/page"
)

// Entries that go are taken out page by page: with a view open each page that has some is copied once, others are not.
func TestDeleteEachCopiesPagesOnce(t *testing.T) {
	space := &page.Space{}
	tree := New(space, nil)
	for range 10000 {
		tree.Append(make([]byte, 31))
	}
	kept := tree
	at := space.Open()
	indexes := []int{100, 102, 5000, 5001, 5007, 9999}
	tree.DeleteEach(indexes)
	require.Less(t, space.DisplacedBytes(), int64(5*page.MaxBytes), "four pages and a node")
	require.Equal(t, 9994, tree.Len())
	require.Equal(t, 10000, kept.Len())
	require.NoError(t, tree.Check())
	require.NoError(t, kept.Check())
	space.Close(at)
	tree.DeleteEach(nil)
	for _, wrong := range [][]int{{-1}, {9994}, {1, 9994}, {5, 4}, {3, 3}} {
		require.Panics(t, func() {
			same := tree.Share()
			same.DeleteEach(wrong)
		}, "%v", wrong)
	}
}
