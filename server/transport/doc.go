// Package transport is sockets for event loops: a Poller to wait on, connections that never block, listeners. It knows no
// protocol and no commands.
//
//	Listener.Serve → accept(Conn) → Conn.Attach(poller, token) → Poller.Wait → Ready{token, ...} → Conn.Read, Conn.Write
//
// There are two transports behind Conn, with the same semantics:
//
//   - on Linux, epoll: non-blocking sockets that Go's own poller never sees, read and written by raw system calls
//     (epoll_linux.go, conn_linux.go);
//   - elsewhere, and for any net.Conn (NewPortable), the portable one: two goroutines a connection carry bytes between the
//     net.Conn and the same Poller, through bounded buffers (portable.go). The build tag portable_transport leaves it
//     alone on Linux too, so that what other systems run can be tested there.
//
// Promises: readiness is level-triggered, what isn't taken is reported again; an event of a closed connection is never
// delivered as one of a newer connection with the same descriptor; a wake-up is never lost; waiting, reading and writing
// allocate nothing.
//
// A Poller and the connections attached to it belong to one goroutine, their loop's. Poller.Wake, Listener.Close and the
// description of a connection (RemoteAddr, LocalAddr, FD, Unix, Loopback) are for any goroutine. Locks: Poller.wakeMu guards
// the wake-up channel against Close; Poller.portable.mu guards the list of portable connections with news; portableConn.mu
// guards what its two goroutines share with the loop. None is held while another is taken.
//
// Goroutines: a portable connection's are started by Attach (the writing one by the first Write or by Close if that comes
// before), stopped by Conn.Close, and waited for by Poller.Close. Those of a connection that was never attached end by
// themselves within lingerTimeout after its Close.
//
// Begin reading at transport.go, then poller.go.
package transport
