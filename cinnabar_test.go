package cinnabar_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar"
)

func client(t *testing.T, db *cinnabar.DB) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: db.Addr()})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for text, options := range map[string]cinnabar.Options{
		"not a line of a redis.conf":  {Config: []string{`requirepass "open`}},
		"Bad directive":               {Config: []string{"no-such-directive 1"}},
		"missing port":                {Addr: "127.0.0.1"},
		"not a port":                  {Addr: "127.0.0.1:70000"},
		"Could not create server TCP": {Addr: taken.Addr().String()},
		"the log says why":            {Dir: broken(t)},
	} {
		_, err := cinnabar.Open(options)
		require.ErrorContains(t, err, text)
	}
}

// broken is a directory with a snapshot that is none.
func broken(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "dump.rdb"), []byte("REDIS0011 and no more"), 0o600))
	return dir
}

// TestServersAreApart has several servers in one process, each with data and a configuration of its own.
func TestServersAreApart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, name := range []string{"a", "b", "c"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &lockedBuffer{}
			options := cinnabar.Options{Dir: t.TempDir(), Config: []string{"databases 3", "dbfilename " + name + ".rdb"}, Log: log}
			db, err := cinnabar.Open(options)
			require.NoError(t, err)
			require.NoError(t, client(t, db).Set(ctx, "name", name, 0).Err())
			require.NoError(t, db.Close())
			require.NoError(t, db.Close(), "a second time")
			require.FileExists(t, filepath.Join(options.Dir, name+".rdb"))
			require.Contains(t, log.String(), "Saving the final RDB snapshot")

			db, err = cinnabar.Open(options)
			require.NoError(t, err)
			require.Equal(t, name, client(t, db).Get(ctx, "name").Val())
			require.NoError(t, client(t, db).Set(ctx, "name", "lost", 0).Err())
			db.Kill()
			require.NoError(t, db.Close())

			db, err = cinnabar.Open(options)
			require.NoError(t, err)
			require.Equal(t, name, client(t, db).Get(ctx, "name").Val(), "what was not saved is lost")
			db.Kill()
		})
	}
}

// TestCloseThatCannotSave goes on with all its data.
func TestCloseThatCannotSave(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o700))
	db, err := cinnabar.Open(cinnabar.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, client(t, db).Set(ctx, "key", "kept", 0).Err())
	require.NoError(t, os.Remove(dir))
	require.ErrorIs(t, db.Close(), cinnabar.ErrNotSaved)
	require.Equal(t, "kept", client(t, db).Get(ctx, "key").Val())
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, db.Close())
	require.FileExists(t, filepath.Join(dir, "dump.rdb"))
}

// TestClientEndsIt: SHUTDOWN of a client is an end like another.
func TestClientEndsIt(t *testing.T) {
	t.Parallel()
	db, err := cinnabar.Open(cinnabar.Options{})
	require.NoError(t, err)
	client(t, db).ShutdownNoSave(context.Background())
	require.NoError(t, db.Close())
	_, err = net.Dial("tcp", db.Addr())
	require.Error(t, err)
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
