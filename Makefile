# Each target says in a line what it is for; `make` alone lists them.

SHELL := /bin/bash
SECONDS ?= 60
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help build test test-clients check test-race test-long compat bench bench-disk bench-scripts bench-pubsub bench-memcached bench-ceiling bench-store profile stalls fuzz generate peers clients release clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

build: ## bin/cinnabar
	go build -o bin/cinnabar ./cmd/cinnabar

peers: ## install what the tests compare with, where it is missing
	@bash scripts/install-peers

clients: ## install the clients of tests/clients, where they are missing
	@bash scripts/install-clients

check: ## gofmt, go vet here and for darwin and windows
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted as gofmt does:"; echo "$$files"; exit 1; fi
	go vet ./...
	GOOS=darwin go vet ./...
	GOOS=windows go vet ./...

# Packages with goroutines of their own are tested with the race detector, and so is the server that the tests of tests/ start; the rest has no use for
# it and takes several times as long with it. tests/blackbox measures how long clients wait, and runs alone. tests/compat sends one command after
# the other, to a server without it. test-long has it everywhere.
RACED := . ./cmd/... ./datatypes ./persistence/aof ./persistence/snapshot ./persistence/vfs ./pubsub ./server ./server/oplog \
	./server/process ./server/tracking ./server/transport
VIEWED := ./datatypes/dict ./datatypes/hash ./datatypes/list ./datatypes/set ./datatypes/zset
CALM = $$(comm -23 <(go list ./... | grep -vE '/tests/(compat|blackbox)$$' | sort) <(go list $(RACED) | sort))

test: peers check build bin/cinnabar-race ## everything, with the race detector where it is worth it, under ten minutes
	CINNABAR_REQUIRE_PEERS=1 go test -race -pgo=off -count 1 -timeout 9m $(RACED)
	go test -race -count 1 -timeout 9m -run 'TestViewsBesideTheWriter|ReadersTogether' $(VIEWED)
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_BINARY=$(CURDIR)/bin/cinnabar-race go test -count 1 -timeout 9m $(CALM)
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_BINARY=$(CURDIR)/bin/cinnabar-race go test -count 1 -timeout 9m ./tests/blackbox
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_BINARY=$(CURDIR)/bin/cinnabar go test -count 1 -timeout 9m ./tests/compat

test-clients: peers clients build ## clients, frameworks and tools as users have them, at length; on redis-server, too
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_CLIENTS=1 CINNABAR_BINARY=$(CURDIR)/bin/cinnabar \
		go test -count 1 -timeout 9m -p 1 -parallel 4 ./tests/clients/... ./tests/documents

test-race: bin/cinnabar-race ## the tests with the race detector; absent peers are skipped
	CINNABAR_BINARY=$(CURDIR)/bin/cinnabar-race go test -race -pgo=off -count 1 -timeout 9m ./...

test-long: peers bin/cinnabar-race ## the promised counts, figures into docs/benchmarks.md; then all tests thrice
	mkdir -p bin && rm -f bin/figures
	ulimit -n "$$(ulimit -Hn)"; CINNABAR_REQUIRE_PEERS=1 CINNABAR_LONG=1 CINNABAR_FIGURES=$(CURDIR)/bin/figures \
		go test -count 1 -timeout 30m -p 1 -parallel 1 ./tests/blackbox ./tests/crash ./tests/examples ./tests/order
	CINNABAR_LONG=1 go test -race -count 1 -timeout 20m -run TestSnapshotIsAMoment ./server
	bash scripts/write-figures bin/figures
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_COMPAT_SECONDS=$(SECONDS) CINNABAR_BINARY=$(CURDIR)/bin/cinnabar-race \
		go test -race -pgo=off -count 3 -timeout 2h $$(go list ./... | grep -v /tests/blackbox$$)
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_BINARY=$(CURDIR)/bin/cinnabar-race go test -race -count 3 -timeout 2h ./tests/blackbox

compat: peers ## random commands compared with redis-server for SECONDS=60; CINNABAR_COMPAT_SEED repeats a run
	CINNABAR_REQUIRE_PEERS=1 CINNABAR_COMPAT_SECONDS=$(SECONDS) go test -count 1 -timeout 24h -v -run TestRandom ./tests/compat

bench: peers build ## speed and idle memory beside redis-server (several minutes)
	python3 tests/bench/side_by_side.py --server bin/cinnabar --only speed --rows set,get,incr,mset
	ulimit -n "$$(ulimit -Hn)"; python3 tests/bench/side_by_side.py --server bin/cinnabar --only idle

bench-disk: peers build ## snapshots, the log and restarts beside redis-server (two minutes)
	python3 tests/bench/side_by_side.py --server bin/cinnabar --only snapshot,aof,restart

bench-scripts: peers build ## scripts beside redis-server (three minutes)
	python3 tests/bench/scripts.py --server bin/cinnabar

bench-pubsub: peers build ## publish/subscribe beside redis-server (three minutes)
	ulimit -n "$$(ulimit -Hn)"; go run ./tests/bench/pubsub --server bin/cinnabar --rounds 3 --seconds 4

bench-memcached: peers build ## the memcached protocol beside memcached (one minute)
	go run ./tests/bench/memcached --server bin/cinnabar

bench-ceiling: peers ## what redis-benchmark can measure here at most (three minutes)
	go run ./tests/bench/ceiling

profile: ## where servers spend their time, for the compiler: cmd/cinnabar/default.pgo (six minutes; on a quiet machine, after changes to hot paths)
	mkdir -p bin
	go test ./server -run '^$$' -bench 'Pipeline|Served' -benchtime 3s -o bin/server.test -cpuprofile $(CURDIR)/bin/profile
	mv bin/profile cmd/cinnabar/default.pgo

bench-store: ## the store alone at a thousand, a million and ten million keys, into docs/benchmarks.md
	mkdir -p bin
	CINNABAR_LONG=1 go test -run '^$$' -bench . -benchmem -benchtime 300ms -timeout 30m ./datatypes ./datatypes/dict | tee bin/store
	bash scripts/write-benchmarks bin/store

stalls: peers build ## does anything one client does stall the others? beside redis-server
	python3 tests/bench/stalls.py --server bin/cinnabar

fuzz: ## every fuzz target for FUZZTIME=10s
	bash scripts/fuzz $(FUZZTIME)

generate: ## write the generated documents anew
	go generate ./...
	@grep -rlE 'flag\.Bool\("update"' --include='*_test.go' . | xargs -r -n1 dirname | sort -u | while read -r directory; do \
		go test -count 1 "$$directory" -update || exit 1; done

release: ## static binaries for linux, darwin and windows, amd64 and arm64, into bin/release
	bash scripts/release

clean: ## remove what was built
	rm -rf bin

.PHONY: bin/cinnabar-race
bin/cinnabar-race:
	go build -race -pgo=off -o $@ ./cmd/cinnabar
