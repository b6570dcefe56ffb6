package cinnabar_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cinnabar-db/cinnabar"
)

// A server for a test: a free port, nothing on disk.
func Example() {
	db, err := cinnabar.Open(cinnabar.Options{})
	if err != nil {
		panic(err)
	}
	defer db.Close()

	ctx := context.Background()
	client := redis.NewClient(&redis.Options{Addr: db.Addr()})
	defer client.Close()
	client.Set(ctx, "kettle", "on", time.Minute)
	fmt.Println(client.Get(ctx, "kettle").Val())
	// Output: on
}

// A server whose data outlives the program.
func ExampleOpen_persistent() {
	dir, err := os.MkdirTemp("", "cinnabar")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	options := cinnabar.Options{Dir: dir, Config: []string{"appendonly yes", "appendfsync everysec"}}

	ctx := context.Background()
	for range 3 {
		db, err := cinnabar.Open(options)
		if err != nil {
			panic(err)
		}
		client := redis.NewClient(&redis.Options{Addr: db.Addr()})
		fmt.Println("start", client.Incr(ctx, "starts").Val())
		client.Close()
		if err := db.Close(); err != nil {
			panic(err)
		}
	}
	// Output:
	// start 1
	// start 2
	// start 3
}
