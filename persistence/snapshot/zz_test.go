package snapshot

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/cinnabar-db/cinnabar/persistence/rdb"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestZZ(t *testing.T) {
	for _, w := range workloads {
		if f := os.Getenv("ZZ"); f != "" && f != w.name {
			continue
		}
		path := "/tmp/w-snap/" + w.name + ".rdb"
		p, err := os.ReadFile(path)
		if err != nil {
			p, _ = written(t, workload(w.put, w.keys), WriteOptions{Options: rdb.Options{Version: 10, Compress: true, Checksum: true}})
			os.WriteFile(path, p, 0o644)
		}
		for _, workers := range []int{1, 2} {
			best, bw := time.Hour, time.Hour
			for range 4 {
				file, _ := rdb.NewReader(bytes.NewReader(p), rdb.ReadOptions{})
				s := newStore()
				c, b := cpu(), time.Now()
				if _, err := Load(s, file, LoadOptions{Workers: workers, NowMs: 1_800_000_000_000}); err != nil {
					t.Fatal(err)
				}
				best, bw = min(best, cpu()-c), min(bw, time.Since(b))
			}
			fmt.Printf("%-20s %d workers: cpu %8v wall %8v, cpu %6.0f ns/key\n", w.name, workers, best.Round(time.Millisecond), bw.Round(time.Millisecond), float64(best)/float64(w.keys))
		}
	}
}
