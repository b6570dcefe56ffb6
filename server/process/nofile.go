package process

import (
	"errors"

	"github.com/cinnabar-db/cinnabar/server/oplog"
)

// ReservedFiles are the descriptors kept for everything that is not a client: listeners, logs, persistence.
const ReservedFiles = 32

// fileStep is how far each try goes down where the limit asked for is refused; Redis's, and so its figures.
const fileStep = 16

// ErrTooFewFiles is AdjustOpenFiles' answer where the limit doesn't leave a single client.
var ErrTooFewFiles = errors.New("process: the limit of open files is too low to start")

// fileLimit asks for and sets the limit of open files; tests put their own in its place.
type fileLimit struct {
	get func() (soft, hard uint64, err error)
	set func(soft, hard uint64) error
}

// AdjustOpenFiles raises the process's limit of open files so that maxclients fit, and returns how many do. It writes
// Redis's lines to the log. On Linux the Go runtime has already raised the soft limit to the hard one, so "originally"
// in those lines means the hard limit. Where the system has no such limit, maxclients is returned as it is.
func AdjustOpenFiles(maxclients int, log *oplog.Logger) (int, error) {
	return adjustOpenFiles(maxclients, log, systemFileLimit)
}

func adjustOpenFiles(maxclients int, log *oplog.Logger, limit fileLimit) (int, error) {
	if limit.get == nil {
		return maxclients, nil
	}
	wanted := uint64(maxclients) + ReservedFiles
	soft, hard, err := limit.get()
	if err != nil {
		log.Warning("Unable to obtain the current NOFILE limit (%s), assuming 1024 and setting the max clients configuration accordingly.", oplog.Reason(err))
		return 1024 - ReservedFiles, nil
	}
	if soft >= wanted {
		return maxclients, nil
	}
	best, err := raise(limit, soft, hard, wanted)
	if best >= wanted {
		log.Notice("Increased maximum number of open files to %d (it was originally set to %d).", wanted, soft)
		return maxclients, nil
	}
	if best <= ReservedFiles {
		log.Warning("Your current 'ulimit -n' of %d is not enough for the server to start. "+
			"Please increase your open file limit to at least %d. Exiting.", soft, wanted)
		return 0, ErrTooFewFiles
	}
	reduced := int(best - ReservedFiles)
	log.Warning("You requested maxclients of %d requiring at least %d max file descriptors.", maxclients, wanted)
	log.Warning("Server can't set maximum open files to %d because of OS error: %s.", wanted, oplog.Reason(err))
	log.Warning("Current maximum open files is %d. maxclients has been reduced to %d to compensate for low ulimit. "+
		"If you need higher maxclients increase 'ulimit -n'.", best, reduced)
	return reduced, nil
}

// raise sets the highest limit it can, at most wanted, and returns it with the last refusal. The hard limit is raised
// where the process may, and never lowered (Redis lowers it, which can't be taken back). After the first refusal it
// goes on below the hard limit, so the tries are few however much is wanted.
func raise(limit fileLimit, soft, hard, wanted uint64) (uint64, error) {
	err := limit.set(wanted, max(wanted, hard))
	if err == nil {
		return wanted, nil
	}
	best := wanted - fileStep
	if wanted > hard {
		best = wanted - (wanted-hard+fileStep-1)/fileStep*fileStep
	}
	for best > soft && best <= wanted { // the second: best wrapped around below zero
		refused := limit.set(best, hard)
		if refused == nil {
			return best, err
		}
		err = refused
		best -= fileStep
	}
	return soft, err
}
