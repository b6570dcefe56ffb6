package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync/atomic"
)

// access is who may come in: one user, "default", with the password of requirepass or none. It changes in the exclusive section.
type access struct {
	// open is set while no password is asked for; listeners read it too.
	open   atomic.Bool
	digest [sha256.Size]byte
}

const defaultUser = "default"

// setPassword follows requirepass; empty asks for none.
func (a *access) setPassword(password string) {
	a.open.Store(password == "")
	a.digest = sha256.Sum256([]byte(password))
}

// admits checks a user and a password in a time that depends on neither's content. As in Redis any password fits the default user while
// none is set.
func (a *access) admits(user, password []byte) bool {
	digest := sha256.Sum256(password)
	known := subtle.ConstantTimeCompare(user, []byte(defaultUser))
	right := subtle.ConstantTimeCompare(digest[:], a.digest[:])
	if a.open.Load() {
		right = 1
	}
	return known&right == 1
}

// authRequired tells whether the client has to authenticate first.
func (s *Server) authRequired(c *client) bool {
	return !c.session.authenticated && !s.access.open.Load()
}
