package datatypes

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// fillCollections stores a collection of each kind, which is changed so that its pages have room, and more keys of each so that they
// stand in many pages.
func fillCollections(ed Editor, size int) {
	for i := range 50 {
		few := size
		if i > 0 {
			few = 300
		}
		for k := range few {
			var s, z, h, l Entry
			member := fmt.Appendf(nil, "member:%08d", k*7919%few)
			ed.ChangeSet(&s, fmt.Appendf(nil, "set:%d", i), func(f *set.Form, edit *set.Edit) { f.Add(edit, member) })
			ed.ChangeSortedSet(&z, fmt.Appendf(nil, "zset:%d", i), 15, func(f *zset.Form, edit *zset.Edit) { f.Add(edit, member, float64(k)) })
			ed.ChangeHash(&h, fmt.Appendf(nil, "hash:%d", i), 15, func(f *hash.Form, edit *hash.Edit) { f.Set(edit, member, member) })
			ed.ChangeList(&l, fmt.Appendf(nil, "list:%d", i), func(f *list.Form, edit *list.Edit) { f.Insert(edit, f.Len()/2, member) })
		}
	}
}

// Packing reaches the pages of collections, whatever happens between its steps, and what sorted sets have left over goes.
func TestPackCollections(t *testing.T) {
	s := NewStore(3)
	fillCollections(s.Edit(1), 20_000)
	var e Entry
	s.Edit(1).ChangeSortedSet(&e, []byte("zset:0"), 0, func(f *zset.Form, edit *zset.Edit) { f.RemoveRange(edit, 1000, 15_000) })
	before, leftOver := s.Memory(), e.tree.Bytes()
	s.Pack()
	require.True(t, s.Packing())
	view := s.View()
	s.Tend(1000)
	require.True(t, s.Packing(), "not while a view is open")
	view.Close()
	for step := 0; s.Tend(1000); step++ {
		switch step {
		case 5:
			s.Edit(1).Delete([]byte("set:7"))
		case 10:
			s.Edit(1).SetString([]byte("hash:7"), []byte("a string"), NoDeadline)
		case 20:
			s.Swap(1, 2)
			s.Swap(1, 2)
		case 30:
			s.Edit(1).Move([]byte("list:7"), s.Edit(0), []byte("list:7"))
		}
	}
	require.False(t, s.Packing())
	after := s.Memory()
	t.Logf("slack %d of %d, %d of %d when packed", before.Slack, before.Used, after.Slack, after.Used)
	require.Less(t, after.Slack, before.Slack/2)
	s.DB(1).Find(&e, []byte("zset:0"), 0)
	require.Less(t, e.tree.Bytes(), leftOver-14_000*10, "what was removed is cleared away from the index")
	var live, allocated int64
	for i := range 3 {
		s.DB(i).Range(func(key []byte, e Entry) bool {
			size := treeSizeOf(e.tree)
			live += size.bytes
			allocated += size.allocated
			require.NoError(t, checkCollection(&e), "%s", key)
			return true
		})
	}
	require.Equal(t, treeSize{live, allocated}, treeSize{s.DB(0).trees.bytes + s.DB(1).trees.bytes, s.DB(0).trees.allocated + s.DB(1).trees.allocated})
}

func checkCollection(e *Entry) error {
	switch e.Kind() {
	case KindSet:
		f := e.Set()
		return f.Check()
	case KindSortedSet:
		f := e.SortedSet()
		return f.Check()
	case KindHash:
		f := e.Hash()
		return f.Check()
	case KindList:
		f := e.List()
		return f.Check()
	}
	return nil
}
