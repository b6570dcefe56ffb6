package memcached

import "strconv"

// Status is what stats tells beside the counters, as the server has it.
type Status struct {
	Sums
	Process     ProcessStatus
	Connections ConnectionStatus
	Items       ItemStatus
	Settings    SettingsStatus
}

// ProcessStatus is about the process: seconds, and microseconds of the processor's time.
type ProcessStatus struct {
	PID                      int
	UptimeS, TimeS           int64
	UserMicros, SystemMicros int64
	Threads                  int
}

// ConnectionStatus is about connections of this protocol.
type ConnectionStatus struct {
	Open, Total, Rejected, Max int64
}

// ItemStatus is about the keys of the database: how many, what the store takes, what it may take, 0 for as much as there is, and what has gone.
type ItemStatus struct {
	Items, Bytes, LimitBytes int64
	Evicted, Expired         int64
}

// SettingsStatus are the settings that clients ask for.
type SettingsStatus struct {
	Port, ItemMax    int
	Evicts, Password bool
}

// stat replies with a name and a value.
func (x *Runner) stat(r *Request, name, value string) {
	if r.protocol == protocolBinary {
		x.packet(r, statusOK, 0, []byte(name), len(value), 0)
		x.line = append(append(x.line, name...), value...)
		return
	}
	x.line = append(append(x.line, "STAT "...), name...)
	x.line = append(append(append(x.line, ' '), value...), '\r', '\n')
}

func (x *Runner) statInt(r *Request, name string, value int64) {
	x.stat(r, name, strconv.FormatInt(value, 10))
}

// stats answers stats and its subjects.
func (x *Runner) stats(r *Request) {
	var s Status
	x.store.Status(&s)
	switch string(r.value) {
	case "":
		x.statGeneral(r, &s)
	case "settings":
		x.statSettings(r, &s)
	case "items":
		if s.Items.Items > 0 {
			x.statInt(r, "items:1:number", s.Items.Items)
			x.statInt(r, "items:1:mem_requested", s.Items.Bytes)
			x.statInt(r, "items:1:evicted", s.Items.Evicted)
			x.statInt(r, "items:1:reclaimed", s.Items.Expired)
			x.statInt(r, "items:1:outofmemory", s.Sums[StoreNoMemory])
		}
	case "slabs":
		x.statSlabs(r, &s)
	case "sizes":
		x.stat(r, "sizes_status", "disabled")
	case "conns":
		x.store.Connected(func(file int, addr string, silentS int64) {
			prefix := strconv.Itoa(file) + ":"
			x.stat(r, prefix+"addr", "tcp:"+addr)
			x.stat(r, prefix+"state", "conn_read")
			x.statInt(r, prefix+"secs_since_last_cmd", silentS)
		})
	case "reset":
		x.store.ResetCounters()
		if r.protocol != protocolBinary {
			x.say("RESET")
			return
		}
	case "cachedump":
		x.failed(r, "CLIENT_ERROR stats cachedump not allowed", statusNotFound)
		return
	default:
		x.failed(r, errCommand, statusNotFound)
		return
	}
	if r.protocol == protocolBinary {
		x.packet(r, statusOK, 0, nil, 0, 0)
	} else {
		x.say("END")
	}
}

// seconds6 is a time as memcached prints it.
func seconds6(micros int64) string { return strconv.FormatFloat(float64(micros)/1e6, 'f', 6, 64) }

func (x *Runner) statGeneral(r *Request, s *Status) {
	x.statInt(r, "pid", int64(s.Process.PID))
	x.statInt(r, "uptime", s.Process.UptimeS)
	x.statInt(r, "time", s.Process.TimeS)
	x.stat(r, "version", Version)
	x.statInt(r, "pointer_size", 64)
	x.stat(r, "rusage_user", seconds6(s.Process.UserMicros))
	x.stat(r, "rusage_system", seconds6(s.Process.SystemMicros))
	x.statInt(r, "max_connections", s.Connections.Max)
	x.statInt(r, "curr_connections", s.Connections.Open)
	x.statInt(r, "total_connections", s.Connections.Total)
	x.statInt(r, "rejected_connections", s.Connections.Rejected)
	for which := CmdGet; which < TotalItems; which++ {
		x.statInt(r, counterNames[which], s.Sums[which])
	}
	x.statInt(r, "bytes_read", s.Sums[BytesRead])
	x.statInt(r, "bytes_written", s.Sums[BytesWritten])
	x.statInt(r, "limit_maxbytes", s.Items.LimitBytes)
	x.statInt(r, "accepting_conns", 1)
	x.statInt(r, "threads", int64(s.Process.Threads))
	x.statInt(r, "bytes", s.Items.Bytes)
	x.statInt(r, "curr_items", s.Items.Items)
	x.statInt(r, "total_items", s.Sums[TotalItems])
	x.statInt(r, "expired", s.Items.Expired)
	x.statInt(r, "evictions", s.Items.Evicted)
	x.statInt(r, "reclaimed", s.Items.Expired)
}

func onOff(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

func (x *Runner) statSettings(r *Request, s *Status) {
	x.statInt(r, "maxbytes", s.Items.LimitBytes)
	x.statInt(r, "maxconns", s.Connections.Max)
	x.statInt(r, "tcpport", int64(s.Settings.Port))
	x.statInt(r, "udpport", 0)
	x.stat(r, "verbosity", "0")
	x.stat(r, "evictions", onOff(s.Settings.Evicts, "on", "off"))
	x.statInt(r, "num_threads", int64(s.Process.Threads))
	x.stat(r, "detail_enabled", "no")
	x.stat(r, "cas_enabled", "yes")
	x.stat(r, "binding_protocol", "auto-negotiate")
	x.stat(r, "auth_enabled_sasl", onOff(s.Settings.Password, "yes", "no"))
	x.stat(r, "auth_enabled_ascii", onOff(s.Settings.Password, "yes", "no"))
	x.statInt(r, "item_size_max", int64(s.Settings.ItemMax))
	x.stat(r, "flush_enabled", "yes")
	x.stat(r, "dump_enabled", "no")
	x.stat(r, "slab_reassign", "no")
	x.stat(r, "lru_crawler", "no")
	x.stat(r, "client_flags_size", "4")
}

// statSlabs tells of all memory as of one class.
func (x *Runner) statSlabs(r *Request, s *Status) {
	active := int64(0)
	if s.Items.Items > 0 {
		active = 1
		x.statInt(r, "1:used_chunks", s.Items.Items)
		x.statInt(r, "1:mem_requested", s.Items.Bytes)
		x.statInt(r, "1:get_hits", s.Sums[GetHits])
		x.statInt(r, "1:cmd_set", s.Sums[CmdSet])
		x.statInt(r, "1:delete_hits", s.Sums[DeleteHits])
		x.statInt(r, "1:incr_hits", s.Sums[IncrHits])
		x.statInt(r, "1:decr_hits", s.Sums[DecrHits])
		x.statInt(r, "1:cas_hits", s.Sums[CASHits])
		x.statInt(r, "1:cas_badval", s.Sums[CASBadval])
		x.statInt(r, "1:touch_hits", s.Sums[TouchHits])
	}
	x.statInt(r, "active_slabs", active)
	x.statInt(r, "total_malloced", s.Items.Bytes)
}
