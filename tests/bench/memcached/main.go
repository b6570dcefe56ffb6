//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/cinnabar-db/cinnabar/tests/bench/process"
)

// row is a line of the table.
type row struct {
	name     string
	kind     kind
	pipeline int
	requests int
}

var rows = []row{
	{"get", get, 1, 250_000},
	{"set", set, 1, 250_000},
	{"get, 16 under way", get, 16, 2_000_000},
	{"set, 16 under way", set, 16, 2_000_000},
}

// result is what a round gave: requests a second, and the server's processor time for each.
type result struct{ perSecond, cpuUs float64 }

func main() {
	server := flag.String("server", "", "the program to compare with memcached")
	peer := flag.String("peer", "memcached -t 4", "memcached, with options")
	rounds := flag.Int("rounds", 5, "rounds")
	connections := flag.Int("connections", 50, "connections")
	flag.Parse()
	if *server == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := compare(*rounds, *connections, ours(*server), theirs(*peer)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ours(command string) func(port, dir string) []string {
	return func(port, dir string) []string {
		return append(strings.Fields(command), "--port", "0", "--memcached-port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "")
	}
}

func theirs(command string) func(port, dir string) []string {
	return func(port, _ string) []string {
		words := append(strings.Fields(command), "-l", "127.0.0.1", "-p", port, "-U", "0", "-m", "1024")
		if os.Geteuid() == 0 {
			words = append(words, "-u", "root")
		}
		return words
	}
}

// compare measures all rows and prints them.
func compare(rounds, connections int, commands ...func(port, dir string) []string) error {
	var servers []*process.Server
	for _, command := range commands {
		s, err := process.Start(command)
		if err != nil {
			return err
		}
		defer s.Stop()
		if err := fill(s.Port); err != nil {
			return err
		}
		servers = append(servers, s)
	}
	fmt.Println("| requests | ours/s | memcached/s | ratio | CPU us a request, ours | memcached |\n|---|---|---|---|---|---|")
	for _, r := range rows {
		var rates, cpu [2][]float64
		var ratios []float64
		for range rounds {
			var got [2]result
			for i, s := range servers {
				var err error
				if got[i], err = measure(s, connections, r); err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				rates[i], cpu[i] = append(rates[i], got[i].perSecond), append(cpu[i], got[i].cpuUs)
			}
			ratios = append(ratios, got[0].perSecond/got[1].perSecond)
		}
		fmt.Printf("| %s | %.0f | %.0f | %.2f | %.2f | %.2f |\n", r.name, process.Median(rates[0]), process.Median(rates[1]),
			process.Median(ratios), process.Median(cpu[0]), process.Median(cpu[1]))
	}
	return nil
}
