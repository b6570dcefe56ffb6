package server

import (
	"math/rand/v2"
	"strings"

	"github.com/cinnabar-db/cinnabar/server/commands"
	"github.com/cinnabar-db/cinnabar/server/process"
)

// lolwutRows is LOLWUT.
func (s *Server) lolwutRows() []commands.Row {
	return []commands.Row{
		{
			Name: "lolwut", Arity: -1, Flags: commands.FlagReadonly | commands.FlagFast,
			Group: "server", Since: "5.0.0",
			Summary: "Draws a picture and tells the version.",
			Syntax:  `[VERSION=version:integer]`,
			Handler: cmdLolwut,
		},
	}
}

// The picture's size unless told, and its bounds.
const (
	crystalColumns, crystalRows       = 66, 16
	crystalColumnsMax, crystalRowsMax = 1000, 200
)

// strictWords is how many numbers the pictures of Redis 5 and 6 take, which refuse other words; that of Redis 7 doesn't look at them.
var strictWords = map[int64]int{5: 3, 6: 2}

// cmdLolwut answers LOLWUT [VERSION version] [columns [rows]]: crystals of cinnabar growing on a rock, never twice the same.
func cmdLolwut(c *commands.Call) {
	words, strict := c.Args[1:], 0
	if len(words) >= 2 && commands.IsWord(words[0], "VERSION") {
		version, ok := commands.ParseInt(words[1])
		if !ok {
			c.Error(commands.ErrNotInteger)
			return
		}
		words, strict = words[2:], strictWords[version]
	}
	size := [2]int64{crystalColumns, crystalRows}
	for i, word := range words {
		n, ok := commands.ParseInt(word)
		if !ok && i < strict {
			c.Error(commands.ErrNotInteger)
			return
		}
		if ok && i < len(size) {
			size[i] = n
		}
	}
	columns := int(min(max(size[0], 8), crystalColumnsMax))
	rows := int(min(max(size[1], 4), crystalRowsMax))
	c.Reply.Verbatim("txt", crystals(columns, rows)+"\nCinnabar, red as mercury's ore. Cinnabar ver. "+process.Version+"\n")
}

// crystals draws needles that stand on a rock, each a little askew.
func crystals(columns, rows int) string {
	picture := make([][]byte, rows)
	for y := range picture {
		picture[y] = []byte(strings.Repeat(" ", columns))
	}
	for range max(columns/6, 2) {
		x, lean := rand.IntN(columns), rand.IntN(3)-1
		height := 1 + rand.IntN(rows-1)
		for step := range height {
			y, at := rows-1-step, x+lean*step/2
			if at < 0 || at >= columns {
				break
			}
			picture[y][at] = "\\|/"[lean+1]
			if step == height-1 {
				picture[y][at] = "^*+"[rand.IntN(3)]
			}
		}
	}
	for x := range columns {
		picture[rows-1][x] = "~=-#"[rand.IntN(4)]
	}
	lines := make([]string, rows)
	for y, line := range picture {
		lines[y] = strings.TrimRight(string(line), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
