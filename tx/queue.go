package tx

// Queue is a transaction while it is put together: its commands, of type C, with their words. The zero value is no transaction.
type Queue[C any] struct {
	active bool
	// broken is set by a command that could not be queued: EXEC will refuse.
	broken   bool
	commands []Queued[C]
	bytes    int
}

// Queued is one command of a transaction.
type Queued[C any] struct {
	Command C
	Words   [][]byte
}

// Begin begins a transaction.
func (q *Queue[C]) Begin() { q.active = true }

// Active tells whether one has begun.
func (q *Queue[C]) Active() bool { return q.active }

// Break has EXEC refuse the transaction, if one has begun.
func (q *Queue[C]) Break() { q.broken = q.active }

// Broken tells whether EXEC is to refuse it.
func (q *Queue[C]) Broken() bool { return q.broken }

// Add puts a command at the end. The words are copied, into one piece of memory.
func (q *Queue[C]) Add(command C, words [][]byte) {
	copies := CopyWords(words)
	size := 0
	for _, word := range copies {
		size += len(word)
	}
	q.commands = append(q.commands, Queued[C]{command, copies})
	q.bytes += size + len(words)*sliceBytes
}

// CopyWords copies words into one piece of memory.
func CopyWords(words [][]byte) [][]byte {
	size := 0
	for _, word := range words {
		size += len(word)
	}
	room := make([]byte, 0, size)
	copies := make([][]byte, len(words))
	for i, word := range words {
		start := len(room)
		room = append(room, word...)
		copies[i] = room[start:len(room):len(room)]
	}
	return copies
}

// What a word's place and a command's take beside the bytes of the words.
const (
	sliceBytes  = 24
	queuedBytes = 32
)

// Commands are the commands in their order.
func (q *Queue[C]) Commands() []Queued[C] { return q.commands }

// Bytes is about what the queue takes.
func (q *Queue[C]) Bytes() int { return q.bytes + cap(q.commands)*queuedBytes }

// Reset ends the transaction and forgets its commands.
func (q *Queue[C]) Reset() { *q = Queue[C]{} }
