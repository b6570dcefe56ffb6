package server

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// The least limit of a group and of those above it counts, in both versions of control groups; files that say "max", or can't be read, don't.
func TestLimitOfControlGroup(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  int64 // 0: none
	}{
		"none at all":      {nil, 0},
		"version 2":        {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "1073741824\n"}, 1 << 30},
		"above":            {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "4096\n"}, 4096},
		"the least":        {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "8192\n", "sys/fs/cgroup/a/memory.max": "4096\n"}, 4096},
		"container":        {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4096\n"}, 4096},
		"container, old":   {map[string]string{"proc/self/cgroup": "5:cpu,memory:/docker/x\n1:name=systemd:/docker/x\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "4096\n"}, 4096},
		"version 1":        {map[string]string{"proc/self/cgroup": "9:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4096\n"}, 4096},
		"version 1, none":  {map[string]string{"proc/self/cgroup": "9:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		"unlimited":        {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 0},
		"both versions":    {map[string]string{"proc/self/cgroup": "9:memory:/a\n0::/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4096\n", "sys/fs/cgroup/unified/a/memory.max": "max"}, 4096},
		"no numbers":       {map[string]string{"proc/self/cgroup": "0::/a\nx\n:\n", "sys/fs/cgroup/a/memory.max": "-1"}, 0},
		"another's limits": {map[string]string{"proc/self/cgroup": "3:cpu:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "4096\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for path, text := range tt.files {
				root[path] = &fstest.MapFile{Data: []byte(text)}
			}
			bytes, ok := groupLimit(root)
			require.Equal(t, tt.want != 0, ok)
			if ok {
				require.Equal(t, tt.want, bytes)
			}
		})
	}
}

func TestWarningOfLimit(t *testing.T) {
	const gb = 1 << 30
	require.Contains(t, limitWarning(0, gb), "no maxmemory is set")
	require.Contains(t, limitWarning(gb/100*70, gb), "maxmemory is 69 % of that")
	require.Contains(t, limitWarning(gb, gb), "at most 716mb")
	require.Empty(t, limitWarning(gb/100*69, gb))
}
