// Package expiry is the index by deadline: it says when a key must be looked at because it may have expired.
//
// # The idea
//
// The deadline itself stands in the key's own entry. The index only holds, for each key with a deadline, five bytes of the key's hash in a
// bucket of time. When the bucket comes, its owner is asked about each hash in it (Fire): the key is gone, or it has a deadline still ahead
// and is filed again, in a finer bucket. Four levels of buckets, each as wide as 1,024 of the one below:
//
//	level   a bucket is   for deadlines that are at least   its buckets come
//	0       8 ms          -                                 at its end
//	1       8.2 s         10.2 s ahead                      2 s before its beginning
//	2       2.3 hours     2.9 hours ahead                   35 minutes before its beginning
//	3       99 days       124 days ahead                    25 days before its beginning
//
// A deadline further ahead than 278 years is filed as if it were 278 years ahead, and asked about then.
//
// Buckets of levels 1 to 3 come early, by a quarter of their width, so that a bucket with millions of hashes has been moved to finer buckets
// before the first of its deadlines comes; due buckets of level 0 go before them. At its end, a bucket of level 0 holds nothing whose
// deadline is ahead, unless it was moved.
//
// A bucket is a stretch of absolute time, not a place in a ring: the index has no present moment that could be wrong. When the clock jumps
// ahead, more buckets are due at once; when it is set back, they come later. Neither costs anything by itself.
//
// # What it promises
//
// A key with a deadline is filed in a bucket that comes not later than that deadline, or than the end of its 8 ms if that is the finest.
// So the owner files a key that gets a deadline or an earlier one; a later deadline, its removal and the end of the key change nothing here:
// what is filed is asked about when it comes. Every hash that is taken out is either filed again or the owner said that it is gone. Between
// two calls the index is whole: File and Fire may follow each other in any order, with any times.
//
// Only the bits of Mask are kept of a hash. That the owner finds more than one key for them, or one that it never filed, does no harm: it
// looks at their deadlines, deletes what is due, and answers with the earliest that is ahead.
//
// The time is told with each call, in Unix ms from 0 on. Its only use in File is to choose how fine a bucket must be: a time that is
// somewhat old costs another look at the key later, no more.
//
// # The layout
//
//	Index ─> level 0 ─> | bucket | bucket | ...    in order of time, those that hold something
//	         level 1      tick, used, top ─> piece ─> piece ─> ...
//	         ...                             | 5 bytes | 5 bytes | ... |
//
// A tick is a bucket's time divided by its width. Pieces hold no pointers. The top piece grows from 16 bytes to 4 KiB by moving into larger
// ones; from then on another is put on top, so that no growth copies more than 3 KiB however large the bucket. Emptied pieces go to free
// lists of at most 64 KiB, what is more to the collector.
//
// # Costs
//
// File is O(1) where a level's buckets follow each other without gaps, else O(log n) in their number, at most 1,300 a level while the clock
// does not jump and Fire keeps up; a bucket between others moves those after it, 24 bytes each. Next is O(levels). Fire is O(1) a hash, and
// a look.
//
// Looks at a key from its SET to its end, the last one, which finds it expired, included:
//
//	TTL up to 10 s              1
//	TTL up to 2.9 hours         2      (an hour)
//	TTL up to 124 days          3      (a day, 30 days)
//	TTL up to 278 years         4
//
// and one for each time that the deadline was moved to a later one, though however often it was moved before its bucket came, it is one.
//
// Memory: 5 bytes a hash, 6 with the unused ends of pieces where there are some hundred to a bucket; with few, 72 bytes for a bucket of up
// to three. Ten keys with deadlines take less than 2 KiB.
//
// # Hashes of no use
//
// A key that gets and loses its deadline again and again (SET with EX, then DEL) leaves a hash in a bucket each time. They go when their
// buckets come. A hash just filed is not filed again in the same bucket, and a call of Fire asks about a hash only once, where it remembers
// it. What is left is for the owner, who knows how many keys have a deadline, to bound: when Len is much more than that, it makes a fresh
// Index, walks its keys in slices and Files there those with deadlines, and meanwhile Files in both what comes anew and Fires only the old
// one, which is then dropped. The walk costs as much as there are keys, with deadlines or without: the bound should be
//
//	Len() > 2 * keys with deadlines + keys / 8 + 1,000
//
// so that a few locks among ten million keys don't have them walked for each thousand locks taken; the hashes of no use are then less than
// a byte a key.
//
// # Who may call what
//
// An Index has one user at a time, and takes no locks. Begin reading in time.go, then index.go.
package expiry
