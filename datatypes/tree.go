package datatypes

import (
	"github.com/cinnabar-db/cinnabar/datatypes/hash"
	"github.com/cinnabar-db/cinnabar/datatypes/list"
	"github.com/cinnabar-db/cinnabar/datatypes/page"
	"github.com/cinnabar-db/cinnabar/datatypes/rope"
	"github.com/cinnabar-db/cinnabar/datatypes/set"
	"github.com/cinnabar-db/cinnabar/datatypes/zset"
)

// tree is what an entry owns beside its bytes: the chunks of a long string, a large collection. It follows package page's rule of copying
// by itself, but for its header, which the entry's owner has replaced before it changes.
type tree interface {
	// Bytes is what it takes, AllocatedBytes what that lies in. O(1).
	Bytes() int64
	AllocatedBytes() int64
}

// treeSize is what trees take, and what that lies in.
type treeSize struct{ bytes, allocated int64 }

// treeSizeOf is the size of a tree, which may be nil.
func treeSizeOf(t tree) (size treeSize) {
	if t != nil {
		size = treeSize{t.Bytes(), t.AllocatedBytes()}
	}
	return size
}

// change notes that something has another size than it had.
func (s *treeSize) change(was, now treeSize) {
	s.bytes += now.bytes - was.bytes
	s.allocated += now.allocated - was.allocated
}

// shareTree makes a second tree of the same content. mine takes t's place: views may see t. O(1).
func shareTree(space *page.Space, t tree) (mine, other tree) {
	switch t := t.(type) {
	case *rope.Rope:
		return shared(space, t)
	case *list.Tree:
		return shared(space, t)
	case *set.Tree:
		return shared(space, t)
	case *zset.Tree:
		return shared(space, t)
	case *hash.Tree:
		return shared(space, t)
	}
	panic("datatypes: a tree of no known type")
}

func shared[T interface {
	tree
	Own(space *page.Space) T
	Share(space *page.Space) T
}](space *page.Space, t T) (mine, other tree) {
	own := t.Own(space)
	return own, own.Share(space)
}

// collection is the tree of a large collection.
type collection interface {
	tree
	// Adopt makes it part of a space. O(1).
	Adopt(space *page.Space)
}

// treeOf is the tree of a collection of any type, nil if there is none.
func treeOf[T any, P interface {
	*T
	collection
}](t P) collection {
	if t == nil {
		return nil
	}
	return t
}
