package vfs

// failingFile is an open file of Failing.
type failingFile struct {
	fs    *Failing
	under File
	name  string
}

// Write implements File.
func (f *failingFile) Write(p []byte) (int, error) {
	failed := f.fs.fails(Writes, f.name, len(p))
	if failed.err == nil {
		return f.under.Write(p)
	}
	n := 0
	if failed.short > 0 {
		n, _ = f.under.Write(p[:failed.short])
	}
	return n, failed.err
}

// ReadAt implements File.
func (f *failingFile) ReadAt(p []byte, offset int64) (int, error) {
	if err := f.fs.fails(Reads, f.name, 0).err; err != nil {
		return 0, err
	}
	return f.under.ReadAt(p, offset)
}

// Sync implements File.
func (f *failingFile) Sync() error {
	if failed := f.fs.fails(Syncs, f.name, 0); failed.err != nil {
		if file, ok := f.under.(*memoryFile); ok && failed.loses {
			file.loseSync()
		}
		return failed.err
	}
	return f.under.Sync()
}

// Truncate implements File.
func (f *failingFile) Truncate(size int64) error {
	if err := f.fs.fails(Truncates, f.name, 0).err; err != nil {
		return err
	}
	return f.under.Truncate(size)
}

// Size implements File.
func (f *failingFile) Size() (int64, error) {
	if err := f.fs.fails(Sizes, f.name, 0).err; err != nil {
		return 0, err
	}
	return f.under.Size()
}

// Close implements File.
func (f *failingFile) Close() error {
	err := f.fs.fails(Closes, f.name, 0).err
	if closed := f.under.Close(); err == nil {
		err = closed
	}
	return err
}
