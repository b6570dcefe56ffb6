//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cinnabar-db/cinnabar/tests/bench/process"
)

// options are the command line.
type options struct {
	rounds, seconds, window, readers, payload int
	scale                                     float64
}

// result is what a round gave.
type result struct {
	perSecond, cpuUs float64
	p50, p99         time.Duration
}

func main() {
	var o options
	server := flag.String("server", "", "the command of the server under test")
	peer := flag.String("peer", "redis-server", "the command of the server beside it")
	only := flag.String("only", "", "scenarios by name, comma between")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds")
	flag.IntVar(&o.seconds, "seconds", 5, "seconds at full speed, and as many at a pace")
	flag.IntVar(&o.window, "window", 16, "commands that the publisher keeps under way")
	flag.IntVar(&o.readers, "readers", 1, "threads that read")
	flag.IntVar(&o.payload, "payload", 64, "bytes of a message")
	flag.Float64Var(&o.scale, "scale", 1, "part of the subscribers")
	flag.Parse()
	if *server == "" {
		flag.Usage()
		os.Exit(2)
	}
	raiseFileLimit()
	for _, s := range scenarios() {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), s.name) {
			continue
		}
		if err := compare(s, o, *server, *peer); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			os.Exit(1)
		}
	}
}

// compare runs a scenario on both servers, in turn, and prints a line.
func compare(s scenario, o options, commands ...string) error {
	var results [2][]result
	for range o.rounds {
		for i, command := range commands {
			r, err := round(s, o, command)
			if err != nil {
				return fmt.Errorf("%s: %w", command, err)
			}
			results[i] = append(results[i], r)
		}
	}
	a, b := medians(results[0]), medians(results[1])
	fmt.Printf("%-13s delivered/s %10.0f vs %10.0f  ratio %5.2f | server us/message %6.3f vs %6.3f  ratio %5.2f | p50 ms %7.2f vs %7.2f | "+
		"p99 ms %7.2f vs %7.2f\n", s.name, a.perSecond, b.perSecond, a.perSecond/b.perSecond, a.cpuUs, b.cpuUs, a.cpuUs/b.cpuUs,
		ms(a.p50), ms(b.p50), ms(a.p99), ms(b.p99))
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

func medians(rounds []result) (m result) {
	m.perSecond = median(rounds, func(r result) float64 { return r.perSecond })
	m.cpuUs = median(rounds, func(r result) float64 { return r.cpuUs })
	m.p50 = time.Duration(median(rounds, func(r result) float64 { return float64(r.p50) }))
	m.p99 = time.Duration(median(rounds, func(r result) float64 { return float64(r.p99) }))
	return m
}

func median(rounds []result, of func(result) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	return process.Median(values)
}

// round measures one fresh server.
func round(s scenario, o options, command string) (r result, err error) {
	server, err := process.Start(process.Redis(command, "--maxclients", "20000"))
	if err != nil {
		return r, err
	}
	defer server.Stop()
	l, err := subscribeAll(server.Port, s, o)
	if err != nil {
		return r, err
	}
	defer l.close()
	if r.perSecond, r.cpuUs, err = l.fullSpeed(server, s, o); err != nil {
		return r, err
	}
	r.p50, r.p99, err = l.paced(s, o)
	return r, err
}

func raiseFileLimit() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	}
}
