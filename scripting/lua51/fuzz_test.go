package lua51

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRun compiles and runs whatever comes. It must end, with nothing of Go's own gone wrong.
func FuzzRun(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.lua")
	require.NoError(f, err)
	for _, path := range paths {
		for _, script := range scripts(f, path) {
			f.Add(script)
		}
	}
	enough := errors.New("enough")
	f.Fuzz(func(t *testing.T, script string) {
		chunk, err := Compile("@user_script", []byte(script))
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "user_script:"), err.Error())
			return
		}
		s := New(Options{StringBytes: 1 << 20, MemoryBytes: 64 << 20})
		defer s.Close()
		_, err = s.Run(s.Load(chunk), interruptAfter(10, enough))
		if err != nil {
			require.NotContains(t, err.Error(), "internal error")
		}
		require.False(t, s.Spoiled())
	})
}
