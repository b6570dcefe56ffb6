package process

import (
	"fmt"
	"hash/fnv"
	"runtime/debug"
)

// Version is Cinnabar's own. The Redis version it behaves as stands elsewhere (INFO's redis_version).
const Version = "0.1.0"

// Build tells what the running program was built from.
type Build struct {
	// Commit is the first 8 digits of the source's revision, "00000000" where that is unknown (go run, go test).
	Commit string
	// Modified tells that the sources differed from that revision.
	Modified bool
	// ID differs between builds of different sources, dependencies or settings, and is the same for the same ones.
	ID uint64
}

// ReadBuild asks what the Go toolchain left in the program.
func ReadBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{Commit: noCommit}
	}
	return buildFrom(info)
}

const noCommit = "00000000"

func buildFrom(info *debug.BuildInfo) Build {
	b := Build{Commit: noCommit}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			if len(s.Value) >= len(noCommit) {
				b.Commit = s.Value[:len(noCommit)]
			}
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(Version + "\n" + info.String()))
	b.ID = sum.Sum64()
	return b
}

// Dirty is 1 where the sources were modified and 0 otherwise, as Redis prints it.
func (b Build) Dirty() int {
	if b.Modified {
		return 1
	}
	return 0
}

// VersionLine is what --version prints, without a newline.
func (b Build) VersionLine() string {
	return fmt.Sprintf("Cinnabar server v=%s sha=%s:%d malloc=go bits=64 build=%x", Version, b.Commit, b.Dirty(), b.ID)
}
