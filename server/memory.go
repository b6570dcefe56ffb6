package server

// usedMemory is what INFO shows as used_memory: the bytes of keys and values.
func (s *Server) usedMemory() int64 { return s.store.UsedBytes() }
