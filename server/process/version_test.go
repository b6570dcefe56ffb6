package process

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuildFrom(t *testing.T) {
	t.Parallel()
	bare := buildFrom(&debug.BuildInfo{GoVersion: "go1"})
	require.Equal(t, "00000000", bare.Commit)
	require.False(t, bare.Modified)

	full := buildFrom(&debug.BuildInfo{GoVersion: "go1", Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: "true"},
	}})
	require.Equal(t, "01234567", full.Commit)
	require.True(t, full.Modified)
	require.NotEqual(t, bare.ID, full.ID)
	require.Regexp(t, `^Cinnabar server v=0\.1\.0 sha=01234567:1 malloc=go bits=64 build=[0-9a-f]+$`, full.VersionLine())
	require.Equal(t, bare, buildFrom(&debug.BuildInfo{GoVersion: "go1"}))
}

func TestReadBuild(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^Cinnabar server v=\S+ sha=[0-9a-f]{8}:[01] malloc=go bits=64 build=[0-9a-f]+$`, ReadBuild().VersionLine())
}
