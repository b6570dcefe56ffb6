package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBar(t *testing.T) {
	require.Equal(t, "loading ["+strings.Repeat(".", 40)+"]   0%", bar(0, 10))
	require.Equal(t, "loading ["+strings.Repeat("#", 20)+strings.Repeat(".", 20)+"]  50%", bar(5, 10))
	require.Equal(t, "loading ["+strings.Repeat("#", 40)+"] 100%", bar(1<<60, 1<<40), "a file that has grown")
}

// TestDrawLoading shows how far it is, and leaves an empty line.
func TestDrawLoading(t *testing.T) {
	var out bytes.Buffer
	done, asked := make(chan struct{}), 0
	drawLoading(&out, func() (loaded, total int64) {
		if asked++; asked == 3 {
			close(done)
		}
		return int64(asked - 1), 2
	}, done)
	require.True(t, strings.HasPrefix(out.String(), bar(0, 2)+"\r"+bar(1, 2)+"\r"+bar(2, 2)+"\r"), out.String())
	require.True(t, strings.HasSuffix(out.String(), "\r"+strings.Repeat(" ", len(bar(0, 2)))+"\r"), out.String())
}
