package conf

import "math"

var networkDirectives = inGroup("Network", []Directive{
	{
		Name: "bind", Kind: List, Default: "* -::*", Flags: MultiArg, Since: "2.0.0", Built: true,
		Doc:  "The addresses to listen on. A leading - lets an address be absent; * is every IPv4 address, ::* every IPv6 address. The empty string listens on none.",
		rule: rule{list: bindRule},
	},
	{
		Name: "port", Kind: Int, Default: "6379", Max: 65535, Since: "2.0.0", Built: true,
		Doc: "The TCP port; 0 listens on none.",
	},
	{
		Name: "protected-mode", Kind: Bool, Default: "yes", Since: "3.2.0", Built: true,
		Doc: "While the default user has no password, refuse clients that come from other machines.",
	},
	{
		Name: "unixsocket", Kind: String, Flags: Immutable | NullIfEmpty, Since: "2.2.0", Built: true,
		Example: "/run/cinnabar/cinnabar.sock",
		Doc:     "The path of a unix socket to listen on besides.",
	},
	{
		Name: "unixsocketperm", Kind: Octal, Default: "0", Max: 0o777, Flags: Immutable | Unsigned, Since: "2.4.0", Built: true,
		Doc: "The file mode of the unix socket, in octal; 0 leaves it to the umask.",
	},
	{
		Name: "tcp-backlog", Kind: Int, Default: "511", Max: math.MaxInt32, Flags: Immutable, Since: "2.8.5", Built: true,
		Doc: "How many connections may wait to be accepted. The kernel's somaxconn caps it.",
	},
	{
		Name: "timeout", Kind: Int, Default: "0", Max: math.MaxInt32, Since: "2.0.0", Built: true,
		Doc: "Close a client that has been idle for so many seconds; 0 never does. Subscribers and replicas are spared.",
	},
	{
		Name: "tcp-keepalive", Kind: Int, Default: "300", Max: math.MaxInt32, Since: "2.6.10", Built: true,
		Doc: "Seconds between the kernel's probes of an idle connection, which find peers that died; 0 sends none.",
	},
	{
		Name: "maxclients", Kind: Int, Default: "10000", Min: 1, Max: math.MaxUint32, Flags: Unsigned, Since: "2.0.0", Built: true,
		Doc: "How many clients may be connected at once. The limit on open files is raised at start to fit, or this is lowered.",
	},
	{
		Name: "max-new-connections-per-cycle", Kind: Int, Default: "10", Min: 1, Max: 1000, Flags: Hidden | Unsigned, Since: "7.4.0",
		Doc: "How many connections to accept before other work gets a turn.",
	},
	{
		Name: "max-new-tls-connections-per-cycle", Kind: Int, Default: "1", Min: 1, Max: 1000, Flags: Hidden | Unsigned, Since: "7.4.0",
		Doc: "The same for TLS connections, whose beginning costs more.",
	},
	{
		Name: "bind-source-addr", Kind: String, Flags: NullIfEmpty, Since: "7.0.0",
		Example: "192.0.2.12",
		Doc:     "The address that connections made by this server, to a master, come from.",
	},
	{
		Name: "socket-mark-id", Kind: Int, Default: "0", Max: math.MaxUint32, Flags: Immutable | Unsigned, Since: "7.0.0",
		Doc: "A mark that the kernel's firewall sees on the server's sockets (Linux); 0 sets none.",
	},
	{
		Name: "proto-max-bulk-len", Kind: Memory, Default: "512mb", Min: 1 << 20, Max: math.MaxInt64, Since: "4.0.7", Built: true,
		Doc: "The largest single argument of a command.",
	},
	{
		Name: "client-query-buffer-limit", Kind: Memory, Default: "1gb", Min: 1 << 20, Max: math.MaxInt64, Flags: Unsigned, Since: "4.0.7", Built: true,
		Doc: "How many bytes a client may have sent that are not executed yet; one that goes beyond is closed.",
	},
	{
		Name: "client-output-buffer-limit", Kind: List, Default: "normal 0 0 0 replica 256mb 64mb 60 pubsub 32mb 8mb 60", Flags: MultiArg, Since: "2.6.0", Built: true,
		Doc:  "For each class of clients, how many bytes of replies may wait: the hard limit closes at once, the soft one after so many seconds above it; 0 is no limit. Classes are normal, replica and pubsub.",
		rule: rule{list: outputLimitRule},
	},
})

var tlsDirectives = inGroup("TLS", []Directive{
	{
		Name: "tls-port", Kind: Int, Default: "0", Max: 65535, Since: "6.0.0",
		Doc:  "The port for TLS connections; 0 listens on none. Anything else stops the start until TLS is built.",
		rule: rule{unbuilt: isSet, unbuiltText: "tls-port: TLS is not built yet, the port would not be served"},
	},
	{
		Name: "tls-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
		Example: "/etc/cinnabar/server.crt",
		Doc:     "The server's certificate, in PEM.",
	},
	{
		Name: "tls-key-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
		Example: "/etc/cinnabar/server.key",
		Doc:     "The key of that certificate, in PEM.",
	},
	{
		Name: "tls-key-file-pass", Kind: String, Flags: NullIfEmpty, Since: "6.2.2",
		Example: "secret",
		Doc:     "The pass phrase of the key, if it has one.",
	},
	{
		Name: "tls-client-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.2.0",
		Example: "/etc/cinnabar/client.crt",
		Doc:     "Another certificate for connections that this server makes, where the two must differ.",
	},
	{
		Name: "tls-client-key-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.2.0",
		Example: "/etc/cinnabar/client.key",
		Doc:     "The key of the client certificate.",
	},
	{
		Name: "tls-client-key-file-pass", Kind: String, Flags: NullIfEmpty, Since: "6.2.2",
		Example: "secret",
		Doc:     "The pass phrase of the client key.",
	},
	{
		Name: "tls-dh-params-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
		Example: "/etc/cinnabar/dh.pem",
		Doc:     "Diffie-Hellman parameters, for old clients alone.",
	},
	{
		Name: "tls-ca-cert-file", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
		Example: "/etc/cinnabar/ca.crt",
		Doc:     "The authorities whose certificates are believed, in one PEM file.",
	},
	{
		Name: "tls-ca-cert-dir", Kind: String, Flags: Volatile | NullIfEmpty, Since: "6.0.0",
		Example: "/etc/ssl/certs",
		Doc:     "The same as a directory.",
	},
	{
		Name: "tls-auth-clients", Kind: Enum, Default: "yes", Since: "6.0.0",
		Words: []string{"no", "yes", "optional"},
		Doc:   "Whether clients must show a certificate (yes), may (optional), or are not asked (no).",
	},
	{
		Name: "tls-replication", Kind: Bool, Default: "no", Since: "6.0.0",
		Doc: "Use TLS towards the master.",
	},
	{
		Name: "tls-cluster", Kind: Bool, Default: "no", Since: "6.0.0",
		Doc: "Use TLS on the cluster bus.",
	},
	{
		Name: "tls-protocols", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
		Example: "TLSv1.2 TLSv1.3",
		Doc:     "The protocol versions to allow, in one quoted string; unset leaves the choice to the library.",
	},
	{
		Name: "tls-ciphers", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
		Example: "DEFAULT",
		Doc:     "The ciphers to allow up to TLS 1.2.",
	},
	{
		Name: "tls-ciphersuites", Kind: String, Flags: NullIfEmpty, Since: "6.0.0",
		Example: "TLS_CHACHA20_POLY1305_SHA256",
		Doc:     "The cipher suites to allow in TLS 1.3.",
	},
	{
		Name: "tls-prefer-server-ciphers", Kind: Bool, Default: "no", Since: "6.0.0",
		Doc: "Choose a cipher by the server's order, not the client's.",
	},
	{
		Name: "tls-session-caching", Kind: Bool, Default: "yes", Since: "6.0.6",
		Doc: "Let clients resume TLS sessions.",
	},
	{
		Name: "tls-session-cache-size", Kind: Int, Default: "20480", Max: math.MaxInt32, Since: "6.0.6",
		Doc: "How many TLS sessions to remember; 0 is no limit.",
	},
	{
		Name: "tls-session-cache-timeout", Kind: Int, Default: "300", Max: math.MaxInt32, Since: "6.0.6",
		Doc: "Seconds a TLS session is remembered.",
	},
})
