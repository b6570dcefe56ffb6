// Package blackbox tests the program as its users meet it: started as a process, spoken to by many clients at once, and by clients that mean
// it ill. It holds tests alone. Programs that use it by clients' libraries are in tests/clients.
//
// Begin reading at hostile_test.go.
package blackbox
