package server

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// Under a memory limit of its control group, as a container has one, a process is killed that goes beyond it. Go's own limit a little below has
// the collector work harder before that.
const (
	// goLimitPercent is Go's limit as a part of the group's, spareLimitPercent the part from which on maxmemory leaves too little beside it: for
	// pages that only a view sees, free lists, what is garbage until it is collected, and Go itself.
	goLimitPercent, spareLimitPercent = 90, 70
	// limitless is from how many bytes on a group's limit is none.
	limitless = 1 << 50
)

// keepWithinGroup sets Go's memory limit by that of the control group, unless the user has set one by GOMEMLIMIT, and warns where maxmemory
// doesn't fit it. Before Serve's goroutines.
func (s *Server) keepWithinGroup(root fs.FS) {
	limit, ok := groupLimit(root)
	if !ok {
		return
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 100 * goLimitPercent)
	}
	if text := limitWarning(memoryLimit(s.config.Int("maxmemory")), limit); text != "" {
		s.log.Warning("%s", text)
	}
}

// limitWarning is what the log says where maxmemory, 0 being none, leaves too little of a group's limit.
func limitWarning(maxmemory, limit int64) string {
	const mb = 1 << 20
	share := limit / 100 * spareLimitPercent
	means := " Used memory counts keys, values and clients' buffers; a snapshot under writes, and memory that is free but not yet returned, come on " +
		"top of that. When all of it reaches the limit, the kernel kills the process. Set maxmemory to at most " +
		strconv.FormatInt(share/mb, 10) + "mb, or raise the limit."
	group := "The control group limits memory to " + strconv.FormatInt(limit/mb, 10) + " MB"
	switch {
	case maxmemory == 0:
		return "WARNING: " + group + ", and no maxmemory is set." + means
	case maxmemory >= share:
		return "WARNING: " + group + ", and maxmemory is " + strconv.FormatInt(maxmemory*100/limit, 10) + " % of that." + means
	}
	return ""
}

// groupLimit is the least memory limit of the process's control group and of those that it is part of, in version 1 or 2; false if there is none.
// root is the file system.
func groupLimit(root fs.FS) (bytes int64, ok bool) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	bytes = math.MaxInt64
	for line := range strings.Lines(string(groups)) {
		number, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, found := strings.Cut(rest, ":")
		switch {
		case !found:
		case number == "0" && controllers == "":
			bytes = min(bytes, leastLimit(root, "sys/fs/cgroup", group, "memory.max"))
			bytes = min(bytes, leastLimit(root, "sys/fs/cgroup/unified", group, "memory.max"))
		case strings.Contains(","+controllers+",", ",memory,"):
			bytes = min(bytes, leastLimit(root, "sys/fs/cgroup/memory", group, "memory.limit_in_bytes"))
		}
	}
	return bytes, bytes < limitless
}

// leastLimit is the least number in the files of that name from a group up to where all of them are mounted. A container sees its own group
// there, whatever the group is called outside.
func leastLimit(root fs.FS, mount, group, name string) (least int64) {
	least = math.MaxInt64
	for dir := path.Join("/", group); ; dir = path.Dir(dir) {
		if text, err := fs.ReadFile(root, path.Join(mount, dir, name)); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				least = min(least, n)
			}
		}
		if dir == "/" {
			return least
		}
	}
}
