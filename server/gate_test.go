package server

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestGatesKeepReadersAndWriterApart has loops read and write plain memory under gates and sections alone: the race detector, and a pair
// of words that a writer changes together, tell if anybody got in beside a writer.
func TestGatesKeepReadersAndWriterApart(t *testing.T) {
	const loops, rounds = 4, 3000
	g := newGates(loops)
	var a, b int
	var reads, writes atomic.Int64
	var done sync.WaitGroup
	for id := range loops {
		done.Add(1)
		go func() {
			defer done.Done()
			for i := range rounds {
				if i%4 == id {
					for !g.enterSection() {
						runtime.Gosched()
					}
					a++
					b++
					writes.Add(1)
					g.leaveSection()
					continue
				}
				for !g.enterGate(id) {
					runtime.Gosched()
				}
				if a != b {
					t.Error("a reader saw half a write")
				}
				reads.Add(1)
				g.leaveGate(id)
			}
		}()
	}
	for range 200 {
		g.waitSection()
		a++
		b++
		g.leaveSection()
	}
	done.Wait()
	require.EqualValues(t, loops*rounds, reads.Load()+writes.Load())
	require.EqualValues(t, writes.Load()+200, a)
}

// TestGatesReadTogether shows that two loops are inside their gates at one time.
func TestGatesReadTogether(t *testing.T) {
	g := newGates(2)
	require.True(t, g.enterGate(0))
	require.True(t, g.enterGate(1))
	g.leaveGate(0)
	g.leaveGate(1)
	require.True(t, g.enterSection())
	require.False(t, g.enterGate(0))
	require.False(t, g.enterSection())
	g.leaveSection()
	require.True(t, g.enterGate(0))
}

// TestGatesWake tells everybody who waits that the section was left, and at once who asks when it is free.
func TestGatesWake(t *testing.T) {
	g := newGates(1)
	require.True(t, g.enterSection())
	woken := make(chan int, 3)
	g.whenFree(func() { woken <- 1 })
	g.whenFree(func() { woken <- 2 })
	require.Empty(t, woken)
	g.leaveSection()
	require.Len(t, woken, 2)
	g.whenFree(func() { woken <- 3 })
	require.Len(t, woken, 3)
	require.Zero(t, g.parked.Load())
}

// TestSectionGivesUpSoon holds a loop that finds the section taken to its short spin.
func TestSectionGivesUpSoon(t *testing.T) {
	g := newGates(1)
	require.True(t, g.enterSection())
	start := time.Now()
	require.False(t, g.enterGate(0))
	require.Less(t, time.Since(start), time.Second)
}

func BenchmarkGate(b *testing.B) {
	g := newGates(1)
	for b.Loop() {
		g.enterGate(0)
		g.leaveGate(0)
	}
}

func BenchmarkSection(b *testing.B) {
	g := newGates(1)
	for b.Loop() {
		g.enterSection()
		g.leaveSection()
	}
}
