package order

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

func runGet(w *world, words []string) string {
	at, data, wrong := w.look(words[1], text)
	switch {
	case wrong:
		return replyWrong
	case w.values[at].kind == absent:
		return replyNull
	}
	return bulk(data)
}

func runSet(w *world, words []string) string {
	at := place(words[1])
	if len(words) == 4 && w.values[at].kind != absent { // NX
		return replyNull
	}
	w.put(at, value{text, words[2]})
	return replyOK
}

func runGetSet(w *world, words []string) string {
	old := runGet(w, words)
	if old != replyWrong {
		w.put(place(words[1]), value{text, words[2]})
	}
	return old
}

func runGetDel(w *world, words []string) string {
	old := runGet(w, words)
	if old != replyWrong {
		w.remove(place(words[1]))
	}
	return old
}

func runAppend(w *world, words []string) string {
	at, data, wrong := w.look(words[1], text)
	if wrong {
		return replyWrong
	}
	w.put(at, value{text, data + words[2]})
	return integer(len(data) + len(words[2]))
}

func runIncrBy(w *world, words []string) string {
	at, data, wrong := w.look(words[1], text)
	if wrong {
		return replyWrong
	}
	if w.values[at].kind == absent {
		data = "0"
	}
	n, ok := parseInt(data)
	if !ok {
		return replyNotInt
	}
	by, _ := parseInt(words[2])
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		return replyOverflow
	}
	w.put(at, value{text, strconv.FormatInt(n+by, 10)})
	return integer(int(n + by))
}

// parseInt reads an integer as Redis does: one way to write each.
func parseInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

func runMGet(w *world, words []string) string {
	replies := make([]string, len(words)-1)
	for i, key := range words[1:] {
		if replies[i] = runGet(w, []string{"GET", key}); replies[i] == replyWrong {
			replies[i] = replyNull
		}
	}
	return array(replies...)
}

func runMSet(w *world, words []string) string {
	for i := 1; i < len(words); i += 2 {
		w.put(place(words[i]), value{text, words[i+1]})
	}
	return replyOK
}

func runMSetNX(w *world, words []string) string {
	for i := 1; i < len(words); i += 2 {
		if w.values[place(words[i])].kind != absent {
			return integer(0)
		}
	}
	runMSet(w, words)
	return integer(1)
}

// runBitOp is BITOP OR|XOR destination key key.
func runBitOp(w *world, words []string) string {
	var result []byte
	for i, key := range words[3:] {
		_, data, wrong := w.look(key, text)
		if wrong {
			return replyWrong
		}
		if len(data) > len(result) {
			result = append(result, make([]byte, len(data)-len(result))...)
		}
		for j := range len(data) {
			if i > 0 && words[1] == "XOR" {
				result[j] ^= data[j]
			} else {
				result[j] |= data[j]
			}
		}
	}
	if at := place(words[2]); len(result) == 0 {
		w.remove(at)
	} else {
		w.put(at, value{text, string(result)})
	}
	return integer(len(result))
}

func runDel(w *world, words []string) string {
	count := 0
	for _, key := range words[1:] {
		if w.remove(place(key)) {
			count++
		}
	}
	return integer(count)
}

func runExists(w *world, words []string) string {
	count := 0
	for _, key := range words[1:] {
		if w.values[place(key)].kind != absent {
			count++
		}
	}
	return integer(count)
}

// runRename is RENAME and RENAMENX.
func runRename(w *world, words []string) string {
	from, to, ifAbsent := place(words[1]), place(words[2]), words[0] == "RENAMENX"
	v := w.values[from]
	switch {
	case v.kind == absent:
		return replyNoKey
	case ifAbsent && w.values[to].kind != absent:
		return integer(0)
	case from != to:
		w.put(to, v)
		w.remove(from)
	}
	if ifAbsent {
		return integer(1)
	}
	return replyOK
}

// runCopy is COPY source destination [REPLACE].
func runCopy(w *world, words []string) string {
	from, to := place(words[1]), place(words[2])
	switch {
	case from == to:
		return replySameKey
	case w.values[from].kind == absent, w.values[to].kind != absent && len(words) == 3:
		return integer(0)
	}
	w.put(to, w.values[from])
	return integer(1)
}

// runKeys is KEYS *, in the order that canonical gives its reply.
func runKeys(w *world, _ []string) string {
	var names []string
	for at := range w.values {
		if w.values[at].kind != absent {
			names = append(names, bulk(key(at)))
		}
	}
	slices.Sort(names)
	return array(names...)
}

func runDBSize(w *world, _ []string) string {
	return integer(strings.Count(runKeys(w, nil), "$"))
}

func runFlush(w *world, _ []string) string {
	for at := range w.values {
		w.remove(at)
	}
	return replyOK
}
