package server

import "sync/atomic"

// recentSeconds is how far back INFO's largest buffers go, as in Redis.
const recentSeconds = 8

// bufferPeaks are the largest buffers of a loop's clients in the last seconds, as they were when the loop looked at them by turns: a walk over
// ten thousand clients is too long for the section that INFO runs in. Only the loop writes them.
type bufferPeaks struct {
	// recent holds the largest of each second, in bytes.
	recent [recentSeconds]struct{ input, output atomic.Int64 }
	// second is the one that goes on, by a clock that is never set.
	second int64
}

// begin forgets what is too long ago; second is the one that goes on.
func (p *bufferPeaks) begin(second int64) {
	for p.second = max(p.second, second-recentSeconds); p.second < second; {
		p.second++
		of := &p.recent[p.second%recentSeconds]
		of.input.Store(0)
		of.output.Store(0)
	}
}

// note looks at a client.
func (p *bufferPeaks) note(c *client) {
	input := c.traffic.inputBytes.Load() + c.traffic.inputRoom.Load() + c.weight.words.Load() + c.weight.begun.Load()
	output := c.traffic.replyMemory.Load() + c.weight.building.Load()
	of := &p.recent[p.second%recentSeconds]
	of.input.Store(max(of.input.Load(), input))
	of.output.Store(max(of.output.Load(), output))
}

// largest are the largest of all seconds. Any goroutine may ask.
func (p *bufferPeaks) largest() (input, output int64) {
	for i := range p.recent {
		input, output = max(input, p.recent[i].input.Load()), max(output, p.recent[i].output.Load())
	}
	return input, output
}

func (s *Server) infoClients(w *infoWriter) {
	var input, output int64
	for _, l := range s.loops {
		in, out := l.stats.buffers.largest()
		input, output = max(input, in), max(output, out)
	}
	w.number("connected_clients", s.clients.count.Load())
	w.number("cluster_connections", 0)
	w.number("maxclients", s.config.Int("maxclients"))
	w.number("client_recent_max_input_buffer", input)
	w.number("client_recent_max_output_buffer", output)
	w.number("blocked_clients", int64(s.pausedClients()+s.waiting.count))
	w.number("tracking_clients", s.caching.tracking())
	w.number("pubsub_clients", int64(s.pubsub.Listeners()))
	w.numbers(0, "watching_clients", "clients_in_timeout_table", "total_watched_keys",
		"total_blocking_keys")
}
