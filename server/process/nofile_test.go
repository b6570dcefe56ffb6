package process

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// messages are the lines of a log from the level on.
func messages(log *bytes.Buffer) []string {
	var got []string
	for line := range strings.Lines(log.String()) {
		const before = 5 // pid and role, day, month, year, time
		got = append(got, strings.SplitN(strings.TrimSuffix(line, "\n"), " ", before+1)[before])
	}
	return got
}

// kernel is a limit as an unprivileged process meets it: soft up to hard, hard never up unless ceiling allows it.
type kernel struct {
	soft, hard, ceiling uint64
	tries               int
	getErr              error
}

func (k *kernel) limit() fileLimit {
	return fileLimit{
		get: func() (uint64, uint64, error) { return k.soft, k.hard, k.getErr },
		set: func(soft, hard uint64) error {
			k.tries++
			if soft > hard {
				return syscall.EINVAL
			}
			if hard > max(k.hard, k.ceiling) {
				return syscall.EPERM
			}
			k.soft, k.hard = soft, hard
			return nil
		},
	}
}

func TestAdjustOpenFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		kernel     kernel
		maxclients int
		want       int
		soft       uint64
		log        []string
	}{
		{"enough", kernel{soft: 20000, hard: 20000}, 10000, 10000, 20000, nil},
		{"just enough", kernel{soft: 10032, hard: 10032}, 10000, 10000, 10032, nil},
		{"below the hard limit", kernel{soft: 1024, hard: 20000}, 10000, 10000, 10032,
			[]string{"* Increased maximum number of open files to 10032 (it was originally set to 1024)."}},
		{"root raises the hard limit", kernel{soft: 1024, hard: 1024, ceiling: 1 << 20}, 10000, 10000, 10032,
			[]string{"* Increased maximum number of open files to 10032 (it was originally set to 1024)."}},
		{"reduced", kernel{soft: 1024, hard: 4096}, 10000, 4064, 4096, []string{
			"# You requested maxclients of 10000 requiring at least 10032 max file descriptors.",
			"# Server can't set maximum open files to 10032 because of OS error: Operation not permitted.",
			"# Current maximum open files is 4096. maxclients has been reduced to 4064 to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
		}},
		{"reduced in steps of 16", kernel{soft: 1024, hard: 4095}, 10000, 4048, 4080, []string{
			"# You requested maxclients of 10000 requiring at least 10032 max file descriptors.",
			"# Server can't set maximum open files to 10032 because of OS error: Operation not permitted.",
			"# Current maximum open files is 4080. maxclients has been reduced to 4048 to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
		}},
		{"nothing to raise", kernel{soft: 1024, hard: 1024}, 10000, 992, 1024, []string{
			"# You requested maxclients of 10000 requiring at least 10032 max file descriptors.",
			"# Server can't set maximum open files to 10032 because of OS error: Operation not permitted.",
			"# Current maximum open files is 1024. maxclients has been reduced to 992 to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
		}},
		{"unknown", kernel{getErr: syscall.ENOSYS}, 10000, 992, 0,
			[]string{"# Unable to obtain the current NOFILE limit (Function not implemented), assuming 1024 and setting the max clients configuration accordingly."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			k := tt.kernel
			got, err := adjustOpenFiles(tt.maxclients, oplog.New(&out, oplog.LevelNotice), k.limit())
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.soft, k.soft)
			require.GreaterOrEqual(t, k.hard, tt.kernel.hard)
			require.Equal(t, tt.log, messages(&out))
		})
	}
}

func TestAdjustOpenFilesTooFew(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	k := kernel{soft: 32, hard: 32}
	_, err := adjustOpenFiles(10, oplog.New(&out, oplog.LevelNotice), k.limit())
	require.ErrorIs(t, err, ErrTooFewFiles)
	require.Equal(t, []string{"# Your current 'ulimit -n' of 32 is not enough for the server to start. Please increase your open file limit to at least 42. Exiting."}, messages(&out))
}

func TestAdjustOpenFilesTriesAreBounded(t *testing.T) {
	t.Parallel()
	k := kernel{soft: 100, hard: 4096}
	got, err := adjustOpenFiles(math.MaxUint32, oplog.Discard(), k.limit())
	require.NoError(t, err)
	require.InDelta(t, 4096-ReservedFiles, got, fileStep)
	require.LessOrEqual(t, k.tries, 2)

	stubborn := fileLimit{
		get: func() (uint64, uint64, error) { return 0, 4096, nil },
		set: func(uint64, uint64) error { return errors.New("never") },
	}
	_, err = adjustOpenFiles(math.MaxUint32, oplog.Discard(), stubborn)
	require.ErrorIs(t, err, ErrTooFewFiles)
}

func TestAdjustOpenFilesOfThisProcess(t *testing.T) {
	t.Parallel()
	got, err := AdjustOpenFiles(1, oplog.Discard())
	require.NoError(t, err)
	require.Equal(t, 1, got)
}
