package compat

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// stringWrites are commands whose propagation is compared: what is sent, and what isn't.
const stringWrites = `
SET k v
SET k v EX 100
SET k v PX 100000
SET k v EXAT 99999999999
SET k v PXAT 99999999999999 GET
SET k w KEEPTTL
SET k w KEEPTTL GET get GeT
SET k w NX
SET k w XX
SET k w XX GET
SET k w NX GET
SET none w XX
SET fresh w NX GET
SET k w XX EX 100
SET k w GET EX 100
SETNX k v
SETNX k2 v
setnx k3 v
SETEX k 100 v
PSETEX k 100000 v
GETSET k w
getset new w
GET k
MSET a 1 b 2 a 3
MSETNX a 1 c 2
MSETNX c 1 d 2
APPEND k x
APPEND k ""
APPEND k9 12
SETRANGE k 3 abc
SETRANGE k 0 ""
SETRANGE none 0 ""
INCR n
INCRBY n 5
DECR n
DECRBY n 2
INCRBY n 0
INCRBY k 1
INCRBYFLOAT n 1.5
INCRBYFLOAT n 3.0e-1
INCRBYFLOAT f 1e300
INCRBYFLOAT k 1
SET t v EX 100
GETEX t
GETEX t EX 200
GETEX t PX 100000
GETEX t EXAT 99999999999
GETEX t PXAT 99999999999999
GETEX t PERSIST
GETEX t PERSIST
GETEX none EX 100
GETEX t EXAT 1
GETEX k EX 0
GETDEL n
GETDEL n
MULTI
SET a 1
INCRBYFLOAT a 0.5
GETDEL a
GET a
EXEC
SET past v PXAT 1
SET past v NX
SET past v PXAT 1
APPEND past w
LCS k a
STRLEN k
GETRANGE k 0 -1
`

// endOfEffects is the key of a last SET.
const endOfEffects = "end-of-effects"

// TestStringEffectsLikeRedis compares the streams of effects of two servers that were sent the same.
func TestStringEffectsLikeRedis(t *testing.T) {
	t.Parallel()
	theirs := effectsOf(t, peer.StartRedis(t, "--repl-diskless-sync", "no"), stringWrites)
	ours := effectsOf(t, peer.StartOurs(t), stringWrites)
	require.Equal(t, strings.Join(theirs, "\n"), strings.Join(ours, "\n"))
}

// TestNewerStringEffects holds the commands that Redis 7.0 doesn't have to words that it understands.
func TestNewerStringEffects(t *testing.T) {
	t.Parallel()
	if peer.TestsRedis() {
		t.Skip("Redis doesn't know them")
	}
	effects := effectsOf(t, peer.StartOurs(t), `
SET k v
SET k w IFEQ x
SET k w IFEQ v
SET k x IFNE y KEEPTTL GET
SET k y IFEQ x EX 100
DELEX k IFEQ no
DELEX k IFEQ y
DELIFEQ k y
SET k v
DELIFEQ k v
MSETEX 2 a 1 b 2
MSETEX 2 a 1 b 2 NX
MSETEX 2 a 3 b 4 PXAT 99999999999999
MSETEX 2 a 3 b 4 KEEPTTL
INCREX n
INCREX n BYINT 5 UBOUND 3
INCREX n PXAT 99999999999999
INCREX n
INCREX n PXAT 99999999999999 ENX
INCREX n PERSIST
INCREX n BYFLOAT 0.5
INCREX n BYFLOAT 1 EXAT 1
INCREX n EXAT 1
`)
	require.Equal(t, strings.Split(`SELECT 0
SET k v
SET k w
SET k x KEEPTTL
SET k y PXAT <soon>
DEL k
SET k v
DEL k
MSET a 1 b 2
MULTI
SET a 3 PXAT 99999999999999
SET b 4 PXAT 99999999999999
EXEC
MULTI
SET a 3 KEEPTTL
SET b 4 KEEPTTL
EXEC
SET n 1
SET n 2 PXAT 99999999999999
SET n 3 KEEPTTL
SET n 4 KEEPTTL
SET n 5
SET n 5.5
DEL n`, "\n"), effects)
}

// effectsOf sends lines of commands to a server and returns what a follower is sent meanwhile, with deadlines near the present masked.
func effectsOf(t *testing.T, server *peer.Server, lines string) (effects []string) {
	follower, err := net.Dial("tcp", server.Addr())
	require.NoError(t, err)
	defer follower.Close()
	require.NoError(t, follower.SetDeadline(time.Now().Add(untilTimeout)))
	_, err = follower.Write([]byte("SYNC\r\n"))
	require.NoError(t, err)
	reader := bufio.NewReader(follower)
	skipCopy(t, reader)

	conn := server.Dial(t)
	for line := range strings.Lines(lines + "SET " + endOfEffects + " x\n") {
		words, err := splitWords(strings.TrimSpace(line))
		if err != nil || len(words) == 0 {
			continue
		}
		_, err = conn.Do(words...)
		require.NoError(t, err, line)
	}
	for {
		command, err := wire.ReadReply(reader)
		require.NoError(t, err, "after %q", effects)
		words := make([]string, len(command.Items))
		for i := range command.Items {
			words[i] = masked(command.Items[i].Text)
		}
		switch {
		case words[0] == "PING" || words[0] == "REPLCONF":
		case len(words) > 1 && words[1] == endOfEffects:
			return effects
		default:
			effects = append(effects, strings.Join(words, " "))
		}
	}
}

// skipCopy reads the copy of the keyspace, before which come newlines while it is made.
func skipCopy(t *testing.T, reader *bufio.Reader) {
	header := "\n"
	for header == "\n" {
		var err error
		header, err = reader.ReadString('\n')
		require.NoError(t, err)
	}
	size, err := strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(header, "$")), 10, 64)
	require.NoError(t, err, "%q", header)
	_, err = io.CopyN(io.Discard, reader, size)
	require.NoError(t, err)
}

// masked hides a time within ten days from now, which is no farther from the same command's on another server than the time between.
func masked(word string) string {
	const tenDaysMs = 10 * 24 * 3600 * 1000
	n, err := strconv.ParseInt(word, 10, 64)
	if now := time.Now().UnixMilli(); err == nil && max(n-now, now-n) < tenDaysMs {
		return "<soon>"
	}
	return word
}
