// Package blackbox tests the program as its users and their programs meet it: started as a process, spoken to by redis-cli,
// redis-benchmark, go-redis and redis-py, and by clients that mean it ill. It holds tests alone.
//
// TestPrograms... are users' programs, redis-py's in tests/clients: briefly under make test, at length and on redis-server, too, under
// make test-clients.
//
// Begin reading at programs_test.go.
package blackbox
