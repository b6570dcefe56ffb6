package snapshot

import "golang.org/x/sys/unix"

// yieldProcessor has the kernel run whatever thread waits for this one's processor: the loops', and those of other processes, who would else wait
// until this one's turn is over, several milliseconds. It returns at once if nobody waits. Meanwhile Go may give its own processor to other
// goroutines, and a collection doesn't wait for this one.
//
// A lower priority would do the same, but who has one can be kept from the processor for long, and everybody then waits for it at the next
// collection. Measured: docs/benchmarks.md, on snapshots.
func yieldProcessor() { unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
