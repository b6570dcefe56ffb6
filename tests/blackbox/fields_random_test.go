package blackbox

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
	"github.com/cinnabar-db/cinnabar/tests/wire"
)

// clockSlackMs is by how much the server's time, which is that of its round of events, may differ from ours.
const clockSlackMs = 20

// fieldModel is what hashes should hold: values and deadlines, 0 for none, by key and field.
type fieldModel struct {
	t      *testing.T
	random *rand.Rand
	conn   *wire.Conn
	hashes map[string]map[string]fieldState
	calls  int
}

type fieldState struct {
	value      string
	deadlineMs int64
}

// Whatever happens to hashes: no field goes before its time, none is seen behind it, and in the end nothing that is due is left.
func TestFieldsGoInTimeAtRandom(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := peer.StartOurs(t, "--io-threads", "4", "--hash-max-listpack-entries", "8")
	m := &fieldModel{t: t, random: rand.New(rand.NewPCG(seed, 0)), conn: s.Dial(t), hashes: map[string]map[string]fieldState{}}
	for ends := time.Now().Add(time.Duration(peer.Count(3, 60)) * time.Second); time.Now().Before(ends); {
		m.step()
	}
	require.Greater(t, m.calls, 1000)
	m.settle()
}

func (m *fieldModel) key() string { return fmt.Sprintf("h%d", m.random.IntN(6)) }

// field is one of few, or of so many that the hash is a tree.
func (m *fieldModel) field(key string) string {
	return fmt.Sprintf("f%d", m.random.IntN([]int{3, 10, 400}[key[1]%3]))
}

// deadline is soon, or far away, or over already.
func (m *fieldModel) deadline() int64 {
	now := time.Now().UnixMilli()
	switch m.random.IntN(12) {
	case 0:
		return now + 3_600_000
	case 1:
		return max(1, now-int64(m.random.IntN(2))*now/2)
	}
	return now + int64(m.random.IntN(300))
}

// do sends a command and tells between which times it was run.
func (m *fieldModel) do(words ...string) (reply wire.Reply, beganMs, endedMs int64) {
	m.calls++
	beganMs = time.Now().UnixMilli() - clockSlackMs
	reply = do(m.t, m.conn, words...)
	return reply, beganMs, time.Now().UnixMilli() + clockSlackMs
}

func (m *fieldModel) hash(key string) map[string]fieldState {
	if m.hashes[key] == nil {
		m.hashes[key] = map[string]fieldState{}
	}
	return m.hashes[key]
}

// saw holds a field that was or wasn't seen to the model. The model knows one that is due until another takes its place: it may still be
// there, for those who give it another deadline.
func (m *fieldModel) saw(key, field string, there bool, beganMs, endedMs int64) {
	m.t.Helper()
	state, known := m.hash(key)[field]
	mortal := state.deadlineMs != 0
	if there {
		require.True(m.t, known, "%s %s came from nowhere", key, field)
		require.False(m.t, mortal && state.deadlineMs <= beganMs, "%s %s was due %d ms before", key, field, beganMs-state.deadlineMs)
		return
	}
	require.False(m.t, known && (!mortal || state.deadlineMs > endedMs), "%s %s went %d ms before its time", key, field, state.deadlineMs-endedMs)
}

func (m *fieldModel) step() {
	key := m.key()
	field := m.field(key)
	switch m.random.IntN(16) {
	case 0, 1:
		m.do("HSET", key, field, "set")
		m.hash(key)[field] = fieldState{"set", 0}
	case 2, 3, 4, 5:
		at := m.deadline()
		_, beganMs, _ := m.do("HSETEX", key, "PXAT", fmt.Sprint(at), "FIELDS", "1", field, "setex")
		if m.hash(key)[field] = (fieldState{"setex", at}); at <= beganMs {
			delete(m.hash(key), field)
		}
	case 6, 7, 8:
		m.expire(key, field)
	case 9:
		reply, beganMs, endedMs := m.do("HPERSIST", key, "FIELDS", "1", field)
		m.saw(key, field, reply.Items[0].Text != "-2", beganMs, endedMs)
		if reply.Items[0].Text == "1" {
			m.hash(key)[field] = fieldState{m.hash(key)[field].value, 0}
		}
	case 10:
		reply, beganMs, endedMs := m.do("HGETDEL", key, "FIELDS", "1", field)
		m.saw(key, field, !reply.Items[0].Null, beganMs, endedMs)
		delete(m.hash(key), field)
	case 11:
		m.move(key)
	default:
		m.look(key, field)
	}
}

// expire gives a field another deadline. One that is due may get it as long as it is still there.
func (m *fieldModel) expire(key, field string) {
	at := m.deadline()
	reply, beganMs, endedMs := m.do("HPEXPIREAT", key, fmt.Sprint(at), "FIELDS", "1", field)
	state, known := m.hash(key)[field]
	switch reply.Items[0].Text {
	case "-2":
		m.saw(key, field, false, beganMs, endedMs)
		delete(m.hash(key), field)
	case "1":
		require.True(m.t, known)
		m.hash(key)[field] = fieldState{state.value, at}
	case "2":
		require.True(m.t, known)
		require.LessOrEqual(m.t, at, endedMs)
		delete(m.hash(key), field)
	default:
		m.t.Fatalf("%s", reply.Raw)
	}
}

// look reads a field.
func (m *fieldModel) look(key, field string) {
	if m.random.IntN(2) == 0 {
		reply, beganMs, endedMs := m.do("HGET", key, field)
		m.saw(key, field, !reply.Null, beganMs, endedMs)
		if !reply.Null {
			require.Equal(m.t, m.hash(key)[field].value, reply.Text)
		}
		return
	}
	reply, beganMs, endedMs := m.do("HPEXPIRETIME", key, "FIELDS", "1", field)
	text := reply.Items[0].Text
	m.saw(key, field, text != "-2", beganMs, endedMs)
	if at := m.hash(key)[field].deadlineMs; text != "-2" && at != 0 {
		require.Equal(m.t, strconv.FormatInt(at, 10), text)
	} else if text != "-2" {
		require.Equal(m.t, "-1", text)
	}
}

// move copies a hash, renames or deletes it.
func (m *fieldModel) move(key string) {
	// A hash may be empty whose fields have all gone.
	to := m.key()
	if to == key || do(m.t, m.conn, "EXISTS", key).Text != "1" || !m.lasts(key) {
		return
	}
	switch m.random.IntN(4) {
	case 0:
		m.do("DEL", key)
		delete(m.hashes, key)
	case 1:
		m.do("RENAME", key, to)
		m.hashes[to] = m.hashes[key]
		delete(m.hashes, key)
	default:
		m.do("COPY", key, to, "REPLACE")
		delete(m.hashes, to)
		for field, state := range m.hashes[key] {
			m.hash(to)[field] = state
		}
	}
}

// lasts tells whether a hash has a field that won't go in the next second.
func (m *fieldModel) lasts(key string) bool {
	for _, state := range m.hashes[key] {
		if state.deadlineMs == 0 || state.deadlineMs > time.Now().UnixMilli()+1000 {
			return true
		}
	}
	return false
}

// settle waits until all that is due has gone, and no more than that.
func (m *fieldModel) settle() {
	time.Sleep(320 * time.Millisecond) // the deadlines that are near
	keys, mortal := 0, 0
	for key, hash := range m.hashes {
		left, timed := 0, 0
		for _, state := range hash {
			if state.deadlineMs == 0 || state.deadlineMs > time.Now().UnixMilli() {
				left++
				timed += int(min(state.deadlineMs, 1))
			}
		}
		becomes(m.t, m.conn, fmt.Sprintf(":%d\r\n", left), "HLEN", key)
		keys += min(left, 1)
		mortal += min(timed, 1)
	}
	becomes(m.t, m.conn, fmt.Sprintf(":%d\r\n", keys), "DBSIZE")
	require.Equal(m.t, max(mortal, 1), max(figure(m.t, m.conn, "subexpiry"), 1), "hashes with deadlines")
}
