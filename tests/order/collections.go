package order

import (
	"slices"
	"strconv"
	"strings"
)

// runPush is LPUSH and RPUSH.
func runPush(w *world, words []string) string {
	at, data, wrong := w.look(words[1], list)
	if wrong {
		return replyWrong
	}
	for _, element := range words[2:] {
		data = pushed(data, element, words[0] == "LPUSH")
	}
	w.put(at, value{list, data})
	return integer(len(data) / elementSize)
}

func pushed(data, element string, left bool) string {
	if left {
		return element + data
	}
	return data + element
}

// popped takes an element off a list that isn't empty.
func popped(data string, left bool) (element, rest string) {
	if left {
		return data[:elementSize], data[elementSize:]
	}
	return data[len(data)-elementSize:], data[:len(data)-elementSize]
}

// runPop is LPOP and RPOP without a count.
func runPop(w *world, words []string) string {
	at, data, wrong := w.look(words[1], list)
	switch {
	case wrong:
		return replyWrong
	case data == "":
		return replyNull
	}
	element, rest := popped(data, words[0] == "LPOP")
	w.put(at, value{list, rest})
	return bulk(element)
}

// runPopFirst is BLPOP key ... timeout in a transaction.
func runPopFirst(w *world, words []string) string {
	for _, key := range words[1 : len(words)-1] {
		if w.values[place(key)].kind == absent {
			continue
		}
		if element := runPop(w, []string{"LPOP", key}); element != replyWrong {
			return array(bulk(key), element)
		}
		return replyWrong
	}
	return replyNullArray
}

// waitPop is BLPOP key ... timeout outside of one. One that has waited takes from the key that was changed first, whichever that is; nothing is
// what it gets while none of its keys holds a list.
func (w *world) waitPop(words []string, got string) bool {
	if got == replyWrong {
		return runPopFirst(w, words) == got
	}
	there := false
	for _, key := range words[1 : len(words)-1] {
		if v := w.values[place(key)]; v.kind == list {
			there = true
			if element, _ := popped(v.data, true); got == array(bulk(key), bulk(element)) {
				runPop(w, []string{"LPOP", key})
				return true
			}
		}
	}
	return !there && got == replyNullArray
}

// runMove is LMOVE source destination LEFT|RIGHT LEFT|RIGHT, and BLMOVE in a transaction.
func runMove(w *world, words []string) string {
	from, source, wrong := w.look(words[1], list)
	switch {
	case wrong:
		return replyWrong
	case source == "":
		return replyNull
	}
	if _, _, wrong := w.look(words[2], list); wrong {
		return replyWrong
	}
	element, rest := popped(source, words[3] == "LEFT")
	w.put(from, value{list, rest})
	to := place(words[2])
	w.put(to, value{list, pushed(w.values[to].data, element, words[4] == "LEFT")})
	return bulk(element)
}

// waitMove is BLMOVE outside of a transaction.
func (w *world) waitMove(words []string, got string) bool {
	if got == replyNullArray {
		return w.values[place(words[1])].kind != list
	}
	return got != replyNull && runMove(w, words) == got
}

// runRange is LRANGE key 0 -1.
func runRange(w *world, words []string) string {
	_, data, wrong := w.look(words[1], list)
	if wrong {
		return replyWrong
	}
	var elements []string
	for ; data != ""; data = data[elementSize:] {
		elements = append(elements, bulk(data[:elementSize]))
	}
	return array(elements...)
}

func runLen(w *world, words []string) string {
	_, data, wrong := w.look(words[1], list)
	if wrong {
		return replyWrong
	}
	return integer(len(data) / elementSize)
}

func runAdd(w *world, words []string) string {
	at, data, wrong := w.look(words[1], set)
	if wrong {
		return replyWrong
	}
	count := 0
	for _, member := range words[2:] {
		if !strings.Contains(data, member) {
			data = arranged(data + member)
			count++
		}
	}
	if count > 0 {
		w.put(at, value{set, data})
	}
	return integer(count)
}

func arranged(data string) string {
	letters := []byte(data)
	slices.Sort(letters)
	return string(letters)
}

func runRemove(w *world, words []string) string {
	at, data, wrong := w.look(words[1], set)
	if wrong {
		return replyWrong
	}
	rest := data
	for _, member := range words[2:] {
		rest = strings.ReplaceAll(rest, member, "")
	}
	if rest != data {
		w.put(at, value{set, rest})
	}
	return integer(len(data) - len(rest))
}

// runMoveMember is SMOVE.
func runMoveMember(w *world, words []string) string {
	from, source, wrong := w.look(words[1], set)
	to, destination, wrongToo := w.look(words[2], set)
	switch member := words[3]; {
	case w.values[from].kind == absent:
		return integer(0)
	case wrong || wrongToo:
		return replyWrong
	case !strings.Contains(source, member):
		return integer(0)
	case from == to:
	default:
		w.put(from, value{set, strings.ReplaceAll(source, member, "")})
		if !strings.Contains(destination, member) {
			w.put(to, value{set, arranged(destination + member)})
		}
	}
	return integer(1)
}

// combined are the members of several sets: any has them, the first one alone, or all.
func (w *world) combined(how string, keys []string) (data string, wrong bool) {
	for i, key := range keys {
		_, other, wrong := w.look(key, set)
		if wrong {
			return "", true
		}
		result := ""
		for _, member := range strings.Split(members, "") {
			before, now := strings.Contains(data, member), strings.Contains(other, member)
			keep := before || now
			switch {
			case i == 0:
			case how == "SDIFFSTORE":
				keep = before && !now
			case how == "SINTERSTORE":
				keep = before && now
			}
			if keep {
				result += member
			}
		}
		data = result
	}
	return data, false
}

// runCombined is SUNION, and SMEMBERS, which is that of one.
func runCombined(w *world, words []string) string {
	data, wrong := w.combined(words[0], words[1:])
	if wrong {
		return replyWrong
	}
	items := make([]string, len(data))
	for i := range data {
		items[i] = bulk(data[i : i+1])
	}
	return array(items...)
}

// runStored is SUNIONSTORE, SDIFFSTORE and SINTERSTORE.
func runStored(w *world, words []string) string {
	data, wrong := w.combined(words[0], words[2:])
	if wrong {
		return replyWrong
	}
	w.store(words[1], value{set, data})
	return integer(len(data))
}

// store stores what was made of other keys; where that is nothing, the destination goes.
func (w *world) store(key string, v value) {
	if at := place(key); v.data == "" {
		w.remove(at)
	} else {
		w.put(at, v)
	}
}

// scores reads a sorted set, written writes it.
func scores(data string) map[string]int {
	all := map[string]int{}
	for _, pair := range strings.Fields(data) {
		member, score, _ := strings.Cut(pair, "=")
		all[member], _ = strconv.Atoi(score)
	}
	return all
}

func written(all map[string]int) string {
	var names []string
	for member := range all {
		names = append(names, member)
	}
	slices.SortFunc(names, func(a, b string) int {
		if all[a] != all[b] {
			return all[a] - all[b]
		}
		return strings.Compare(a, b)
	})
	for i, member := range names {
		names[i] = member + "=" + strconv.Itoa(all[member])
	}
	return strings.Join(names, " ")
}

func runZIncrBy(w *world, words []string) string {
	at, data, wrong := w.look(words[1], sorted)
	if wrong {
		return replyWrong
	}
	all, member := scores(data), words[3]
	by, _ := strconv.Atoi(words[2])
	if _, there := all[member]; !there || by != 0 {
		all[member] += by
		w.put(at, value{sorted, written(all)})
	}
	return bulk(strconv.Itoa(all[member]))
}

func runZRem(w *world, words []string) string {
	at, data, wrong := w.look(words[1], sorted)
	if wrong {
		return replyWrong
	}
	all := scores(data)
	if _, there := all[words[2]]; !there {
		return integer(0)
	}
	delete(all, words[2])
	w.put(at, value{sorted, written(all)})
	return integer(1)
}

// runZRange is ZRANGE key 0 -1 WITHSCORES.
func runZRange(w *world, words []string) string {
	_, data, wrong := w.look(words[1], sorted)
	if wrong {
		return replyWrong
	}
	var items []string
	for _, pair := range strings.Fields(data) {
		member, score, _ := strings.Cut(pair, "=")
		items = append(items, bulk(member), bulk(score))
	}
	return array(items...)
}

// runZUnionStore is ZUNIONSTORE destination 2 key key; members of sets count 1.
func runZUnionStore(w *world, words []string) string {
	all := map[string]int{}
	for _, key := range words[3:] {
		switch v := w.values[place(key)]; v.kind {
		case absent:
		case set:
			for _, member := range strings.Split(v.data, "") {
				all[member]++
			}
		case sorted:
			for member, score := range scores(v.data) {
				all[member] += score
			}
		default:
			return replyWrong
		}
	}
	w.store(words[1], value{sorted, written(all)})
	return integer(len(all))
}
