//go:build !unix

package server

// infoCPU writes nothing where the system isn't asked.
func (s *Server) infoCPU(*infoWriter) {}
