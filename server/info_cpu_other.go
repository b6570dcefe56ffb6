//go:build !unix

package server

// infoCPU writes nothing where the system isn't asked.
func (s *Server) infoCPU(*infoWriter) {}

// processorMicros is nothing either.
func processorMicros() (user, system int64) { return 0, 0 }
