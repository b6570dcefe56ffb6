package server

import "sync/atomic"

// recentSeconds is how far back INFO's largest buffers go, as in Redis.
const recentSeconds = 8

// clientSample is what INFO shows of the buffers of all clients. Upkeep takes it once a second, since a walk over ten thousand clients is
// too long for the section that INFO runs in.
type clientSample struct {
	// input and output are the largest buffers of the last seconds, in bytes.
	input, output atomic.Int64
	// recent holds the largest buffers of each second, next where the next second goes. Upkeep's alone.
	recent [recentSeconds]struct{ input, output int64 }
	next   int
}

// take looks at the clients. Only upkeep calls it.
func (k *clientSample) take(clients []*client) {
	latest := &k.recent[k.next]
	latest.input, latest.output = 0, 0
	k.next = (k.next + 1) % recentSeconds
	for _, c := range clients {
		input := c.traffic.inputBytes.Load() + c.traffic.inputRoom.Load() + c.weight.words.Load() + c.weight.begun.Load()
		output := c.traffic.replyMemory.Load() + c.weight.building.Load()
		latest.input, latest.output = max(latest.input, input), max(latest.output, output)
	}
	var input, output int64
	for _, r := range k.recent {
		input, output = max(input, r.input), max(output, r.output)
	}
	k.input.Store(input)
	k.output.Store(output)
}

func (s *Server) infoClients(w *infoWriter) {
	sample := &s.stats.clients
	w.number("connected_clients", s.clients.count.Load())
	w.number("cluster_connections", 0)
	w.number("maxclients", s.config.Int("maxclients"))
	w.number("client_recent_max_input_buffer", sample.input.Load())
	w.number("client_recent_max_output_buffer", sample.output.Load())
	w.number("blocked_clients", int64(s.pausedClients()+s.waiting.count))
	w.number("tracking_clients", s.caching.tracking())
	w.number("pubsub_clients", int64(s.pubsub.Listeners()))
	w.numbers(0, "watching_clients", "clients_in_timeout_table", "total_watched_keys",
		"total_blocking_keys")
}
