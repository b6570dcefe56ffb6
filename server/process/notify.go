package process

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// ErrNoSocket is Notify's answer to an empty address: no systemd started this process.
var ErrNoSocket = errors.New("process: no notify socket")

// notifyTimeout bounds how long a full socket of systemd may hold the server.
const notifyTimeout = 5 * time.Second

// Notify sends one datagram to the socket that systemd named in NOTIFY_SOCKET: a path, or a name in Linux's abstract
// space written with a leading '@'. It is libsystemd's sd_notify(3) without its vsock addresses.
func Notify(address, message string) error {
	if address == "" {
		return ErrNoSocket
	}
	if address[0] != '/' && address[0] != '@' {
		return fmt.Errorf("process: notify socket %q is neither a path nor an abstract name", address)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("process: notify socket: %w", err)
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(notifyTimeout)); err != nil {
		return fmt.Errorf("process: notify socket: %w", err)
	}
	if _, err := conn.Write([]byte(message)); err != nil {
		return fmt.Errorf("process: notify socket: %w", err)
	}
	return nil
}
