package tracking

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Mode is what CLIENT TRACKING may be told beside ON.
type Mode struct {
	Broadcast, OptIn, OptOut, NoLoop bool
}

// Client is what one connection has chosen. The zero value tracks nothing.
type Client struct {
	Mode
	On bool
	// Caching is set by CLIENT CACHING until the next command, or transaction, is done.
	Caching bool
	// Redirect is the number of the client that is told, 0 for this one itself; Broken is set when it was found gone.
	Redirect int64
	Broken   bool
	// prefixes are those of broadcast mode, in order.
	prefixes    []string
	prefixBytes int
}

// The refusals of CLIENT TRACKING and CLIENT CACHING, in Redis's words.
const (
	errPrefixAlone  = "ERR PREFIX option requires BCAST mode to be enabled"
	errSwitchBcast  = "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	errOptBroadcast = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	errOptBoth      = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	errSwitchOpt    = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	errCachingYes   = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
	errCachingNo    = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
)

// Refusal tells why a mode and prefixes can't be turned on now, "" if they can. prefixes are in the order given; a word's text ends at its
// first zero byte, as Redis prints it.
func (c *Client) Refusal(m Mode, prefixes [][]byte) string {
	switch {
	case !m.Broadcast && len(prefixes) > 0:
		return errPrefixAlone
	case c.On && c.Broadcast != m.Broadcast:
		return errSwitchBcast
	case m.Broadcast && (m.OptIn || m.OptOut):
		return errOptBroadcast
	case m.OptIn && m.OptOut:
		return errOptBoth
	case m.OptIn && c.OptOut || m.OptOut && c.OptIn:
		return errSwitchOpt
	}
	return c.overlapRefusal(prefixes)
}

// overlapRefusal is Refusal for prefixes of which two cover the same keys. As in Redis each is held against those that the client has and
// then against those given behind it. It costs a sort of them.
func (c *Client) overlapRefusal(prefixes [][]byte) string {
	among := firstOverlap(prefixes)
	for i, prefix := range prefixes {
		if own, overlaps := c.overlapping(string(prefix)); overlaps {
			return overlapText("an existing", prefix, []byte(own))
		}
		if i != among {
			continue
		}
		for _, other := range prefixes[i+1:] {
			if bytes.HasPrefix(prefix, other) || bytes.HasPrefix(other, prefix) {
				return overlapText("another provided", prefix, other)
			}
		}
	}
	return ""
}

// overlapping is the first of the client's prefixes that covers keys that prefix covers. They don't overlap each other, but for the empty one.
func (c *Client) overlapping(prefix string) (own string, overlaps bool) {
	if len(c.prefixes) > 0 && c.prefixes[0] == "" {
		return "", true
	}
	i, _ := slices.BinarySearch(c.prefixes, prefix)
	if i > 0 && strings.HasPrefix(prefix, c.prefixes[i-1]) {
		return c.prefixes[i-1], true
	}
	if i < len(c.prefixes) && strings.HasPrefix(c.prefixes[i], prefix) {
		return c.prefixes[i], true
	}
	return "", false
}

// firstOverlap is the first of words that another one begins with, or that begins with another one; len(words) if there is none.
func firstOverlap(words [][]byte) int {
	sorted := make([]int, len(words))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortFunc(sorted, func(a, b int) int { return bytes.Compare(words[a], words[b]) })
	first := len(words)
	// Those that the one at hand begins with are above it; who has one below it overlaps.
	var above []int
	for _, i := range sorted {
		for len(above) > 0 && !bytes.HasPrefix(words[i], words[above[len(above)-1]]) {
			above = above[:len(above)-1]
		}
		if len(above) > 0 {
			first = min(first, i, above[len(above)-1])
		}
		above = append(above, i)
	}
	return first
}

func overlapText(what string, prefix, other []byte) string {
	return fmt.Sprintf("ERR Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap.",
		untilZero(prefix), what, untilZero(other))
}

func untilZero(word []byte) []byte {
	before, _, _ := bytes.Cut(word, []byte{0})
	return before
}

// CachingRefusal tells why CLIENT CACHING can't be told YES, or NO, "" if it can.
func (c *Client) CachingRefusal(yes bool) string {
	switch {
	case yes && !c.OptIn:
		return errCachingYes
	case !yes && !c.OptOut:
		return errCachingNo
	}
	return ""
}

// Remembers tells whether the keys of a command that reads are to be remembered now.
func (c *Client) Remembers() bool {
	return c.On && !c.Broadcast && (!c.OptIn || c.Caching) && (!c.OptOut || !c.Caching)
}

// ByKey tells whether the client is told of keys that it has read.
func (c *Client) ByKey() bool { return c.On && !c.Broadcast }

// Prefixes are those of broadcast mode, in order; they are not to be changed.
func (c *Client) Prefixes() []string { return c.prefixes }

// Bytes is about what these take.
func (c *Client) Bytes() int { return c.prefixBytes }

// prefixOverhead is about what a prefix takes beside its text: its place in the client's list, and what is kept of it for all.
const prefixOverhead = 300

// set turns it on.
func (c *Client) set(m Mode, redirect int64) {
	c.On, c.Mode, c.Redirect, c.Broken = true, m, redirect, false
}

// addPrefixes notes those that are new and returns them.
func (c *Client) addPrefixes(prefixes [][]byte) (added []string) {
	for _, prefix := range prefixes {
		if _, known := slices.BinarySearch(c.prefixes, string(prefix)); !known {
			added = append(added, string(prefix))
			c.prefixBytes += prefixOverhead + len(prefix)
		}
	}
	c.prefixes = append(c.prefixes, added...)
	slices.Sort(c.prefixes)
	return added
}
