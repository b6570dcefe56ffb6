package memcache

import "syscall"

// interrupt asks the server for its end.
const interrupt = syscall.SIGTERM
