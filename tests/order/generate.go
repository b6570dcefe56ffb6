package order

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// templates are the commands of a history, each with how often it comes. N S L A Z stand for a key of that family (rarely of another), K for
// any key, v for an element or text that nothing else is, i for a small integer, d for a digit, m for a member, t for a timeout.
var templates = weighted(
	"5 SET S v", "2 SET N i", "2 SET S v NX", "1 SET K v", "5 GET S", "4 GET N", "8 INCRBY N i", "4 APPEND S v", "2 APPEND N d",
	"2 GETSET S v", "2 GETDEL S", "4 MSET S v N i", "2 MSET s0 v s1 v", "2 MSETNX s0 v s1 v", "6 MGET s0 s1 n0 n1", "3 MGET N S",
	"3 BITOP OR S S N", "3 BITOP XOR S S S",
	"1 DEL K", "2 DEL L A", "1 EXISTS K K K", "2 RENAME S S", "2 RENAME L L", "2 RENAME A A", "1 RENAME K K", "1 RENAMENX S S", "1 RENAMENX L L",
	"2 COPY S S REPLACE", "2 COPY L L REPLACE", "1 COPY A A", "1 COPY K K REPLACE", "2 KEYS *", "1 DBSIZE", "1 FLUSHDB",
	"6 LPUSH L v", "4 RPUSH L v v", "2 LPOP L", "5 RPOP L", "3 LMOVE l0 l1 RIGHT LEFT", "3 LMOVE l1 l0 LEFT RIGHT", "1 LMOVE L L LEFT LEFT",
	"5 LRANGE L 0 -1", "1 LLEN L", "5 BLPOP L t", "4 BLPOP l0 l1 t", "3 BLMOVE L L LEFT RIGHT t",
	"5 SADD A m m", "4 SREM A m", "3 SMOVE A A m", "4 SMEMBERS A", "2 SUNION a0 a1", "3 SUNIONSTORE A a0 a1", "2 SDIFFSTORE A A A",
	"1 SINTERSTORE A a0 a1", "3 ZINCRBY Z i m", "1 ZREM Z m", "4 ZRANGE Z 0 -1 WITHSCORES", "3 ZUNIONSTORE Z 2 A Z", "2 ZUNIONSTORE Z 2 a0 a1",
)

// weighted repeats each template as often as it says.
func weighted(lines ...string) (all [][]string) {
	for _, line := range lines {
		words := strings.Fields(line)
		for times, _ := strconv.Atoi(words[0]); times > 0; times-- {
			all = append(all, words[1:])
		}
	}
	return all
}

// focuses are the families that a history is mostly about: few keys make clients meet.
var focuses = []string{"NSLAZ", "NS", "L", "AZ", "NL", "S", "SL"}

// Shares in percent, of what a client asks for.
const (
	elsewherePercent = 4  // keys of another family
	pipelinePercent  = 20 // what is sent together with what comes next
	execPercent      = 14
	watchPercent     = 18
	unwatchPercent   = 1
	bitsPercent      = 25 // histories with BITOP, whose results make the search for an order longer
	apartPercent     = 50 // EXEC sent when all has been queued, not together with it
	readsPercent     = 60 // watchers that read what they watch
	brokenPercent    = 3
)

// generator makes what one client asks for.
type generator struct {
	random *rand.Rand
	client int
	focus  string
	bits   bool // BITOP is among the commands
	tokens int  // made so far
}

// sending is what a client sends at once: its requests are called together and answered one by one.
type sending []*request

// plan makes count requests or a few more.
func (g *generator) plan(count int) (plan []sending) {
	together := false
	for number := 0; number < count; {
		for _, r := range g.requests() {
			r.client, r.number = g.client, number
			number++
			if together {
				plan[len(plan)-1] = append(plan[len(plan)-1], r)
			} else {
				plan = append(plan, sending{r})
			}
			together = g.chance(pipelinePercent)
		}
	}
	return plan
}

func (g *generator) chance(percent int) bool { return g.random.IntN(100) < percent }

// requests are one command, a transaction, or one with what is watched for it.
func (g *generator) requests() []*request {
	switch dice := g.random.IntN(100); {
	case dice < execPercent:
		return []*request{g.transaction()}
	case dice < execPercent+watchPercent:
		return g.watching()
	case dice < execPercent+watchPercent+unwatchPercent:
		return []*request{{words: []string{"UNWATCH"}}}
	}
	return []*request{{words: g.command()}}
}

// watching watches a key, mostly reads it, and writes others.
func (g *generator) watching() []*request {
	words := []string{"WATCH", g.key(g.family())}
	if g.chance(20) {
		words = append(words, g.key(g.family()))
	}
	all := []*request{{words: words}}
	if g.chance(readsPercent) {
		reads := map[byte][]string{'l': {"LRANGE", "", "0", "-1"}, 'a': {"SMEMBERS", ""}, 'z': {"ZRANGE", "", "0", "-1", "WITHSCORES"}}
		read := reads[words[1][0]]
		if read == nil {
			read = []string{"GET", ""}
		}
		read[1] = words[1]
		all = append(all, &request{words: read})
	}
	if g.chance(20) {
		all = append(all, &request{words: g.command()})
	}
	return append(all, g.transaction())
}

// transaction is MULTI to EXEC, or to DISCARD.
func (g *generator) transaction() *request {
	r := &request{words: []string{"EXEC"}}
	for range 1 + g.random.IntN(3) {
		r.queued = append(r.queued, g.command())
	}
	switch {
	case g.chance(brokenPercent):
		r.queued = slices.Insert(r.queued, g.random.IntN(len(r.queued)+1), []string{"GET"})
	case g.chance(brokenPercent):
		r.words[0] = "DISCARD"
	}
	return r
}

// command fills in a template, mostly one that the history is about.
func (g *generator) command() []string {
	template := templates[g.random.IntN(len(templates))]
	for range 3 {
		if slices.ContainsFunc(template[1:], g.inFocus) {
			break
		}
		template = templates[g.random.IntN(len(templates))]
	}
	if template[0] == "BITOP" && !g.bits {
		return g.command()
	}
	words := []string{template[0]}
	for _, word := range template[1:] {
		words = append(words, g.word(word))
	}
	return words
}

// inFocus tells whether a word of a template stands for a key of the focus, or is one.
func (g *generator) inFocus(word string) bool {
	return word == "K" || strings.Contains(g.focus, strings.ToUpper(word[:1])) && strings.Trim(word[1:], "01") == ""
}

func (g *generator) word(word string) string {
	switch word {
	case "N", "S", "L", "A", "Z":
		return g.key(strings.ToLower(word)[0])
	case "K":
		return g.key(g.family())
	case "v":
		g.tokens++
		return fmt.Sprintf("%c%03d", 'A'+g.client, g.tokens)
	case "i":
		return strconv.Itoa(g.random.IntN(7) - 3)
	case "d":
		return strconv.Itoa(g.random.IntN(10))
	case "m":
		at := g.random.IntN(len(members))
		return members[at : at+1]
	case "t":
		return fmt.Sprintf("0.%03d", 1+g.random.IntN(15))
	}
	return word
}

// family is one of the focus.
func (g *generator) family() byte { return g.focus[g.random.IntN(len(g.focus))] | 0x20 }

// key is a key of a family, rarely of another.
func (g *generator) key(family byte) string {
	if g.chance(elsewherePercent) {
		family = families[g.random.IntN(len(families))]
	}
	return string(family) + strconv.Itoa(g.random.IntN(ofEach))
}
