//go:build linux

package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/cinnabar-db/cinnabar/tests/bench/process"
)

// row is a benchmark of redis-benchmark's, and the reply that a server has for each of its requests.
type row struct {
	name, reply string
	words       []string // behind redis-benchmark's options
}

var rows = []row{
	{"set", "+OK\r\n", []string{"-t", "set"}},
	{"get", "$32\r\n" + strings.Repeat("x", 32) + "\r\n", []string{"-t", "get"}},
	{"lpush", ":1000000\r\n", []string{"-t", "lpush"}},
	{"rpop", "$32\r\n" + strings.Repeat("x", 32) + "\r\n", []string{"-t", "rpop"}},
	{"sadd", ":0\r\n", []string{"-t", "sadd"}},
	{"hset", ":0\r\n", []string{"-t", "hset"}},
	{"spop", "$20\r\nelement:000000000000\r\n", []string{"-t", "spop"}},
	{"zadd", ":0\r\n", []string{"-t", "zadd"}},
	{"zpopmin", "*2\r\n$20\r\nelement:000000000000\r\n$5\r\n12345\r\n", []string{"-t", "zpopmin"}},
	{"zincrby", "$2\r\n20\r\n", []string{"ZINCRBY", "lb", "1", "m:__rand_int__"}},
	{"lrange_100", "*100\r\n" + strings.Repeat("$32\r\n"+strings.Repeat("x", 32)+"\r\n", 100), []string{"-t", "lrange_100", "-n", "200000"}},
}

const (
	connections = 50
	requests    = 2_000_000
	keys        = 100_000
	payload     = 32
)

func main() {
	peer := flag.String("peer", "redis-server", "the server to compare with")
	rounds := flag.Int("rounds", 3, "rounds")
	only := flag.String("only", "", "rows by name, comma between")
	pipelines := flag.String("pipelines", "16,64", "requests under way for each connection, comma between")
	flag.Parse()
	if err := compare(*peer, *rounds, *only, strings.Split(*pipelines, ",")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func compare(peer string, rounds int, only string, pipelines []string) error {
	idle, err := listen()
	if err != nil {
		return err
	}
	server, err := process.Start(process.Redis(peer))
	if err != nil {
		return err
	}
	defer server.Stop()
	fmt.Printf("| requests | under way | answered at once/s | %s/s | ratio |\n|---|---|---|---|---|\n", peer)
	for _, pipeline := range pipelines {
		for _, r := range rows {
			if only != "" && !slices.Contains(strings.Split(only, ","), r.name) {
				continue
			}
			var ceiling, theirs, ratios []float64
			for range rounds {
				idle.answer(r.reply)
				best, err := r.measure(idle.port, pipeline)
				if err != nil {
					return err
				}
				rate, err := r.measure(server.Port, pipeline)
				if err != nil {
					return err
				}
				ceiling, theirs, ratios = append(ceiling, best), append(theirs, rate), append(ratios, best/rate)
			}
			fmt.Printf("| %s | %s | %.0f | %.0f | %.2f |\n", r.name, pipeline, process.Median(ceiling), process.Median(theirs), process.Median(ratios))
		}
	}
	return nil
}

// measure runs redis-benchmark once, and returns requests a second.
func (r row) measure(port int, pipeline string) (float64, error) {
	words := append([]string{"-p", strconv.Itoa(port), "-c", strconv.Itoa(connections), "-n", strconv.Itoa(requests), "-P", pipeline,
		"-r", strconv.Itoa(keys), "-d", strconv.Itoa(payload), "--csv"}, r.words...)
	out, err := exec.Command("redis-benchmark", words...).Output()
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark %s: %w", r.name, err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(lines[len(lines)-1][1], 64)
}
