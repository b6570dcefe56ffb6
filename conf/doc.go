// Package conf holds the one table of configuration directives and everything
// that reads or writes them: redis.conf, the command line, CONFIG GET, SET and
// REWRITE. It follows redis-server 7.0.15 to the letter of its error texts.
//
// It knows no network, logger or clock. It opens configuration files, and it
// looks at the directory that "dir" names, nothing more: it never changes the
// working directory of the process, so that several servers can live in one.
// Relative paths are resolved by Config.Path.
//
// A Config is not safe for concurrent use: whoever owns it serialises. The
// getters are look-ups by name; a server that needs a value on its hot path
// takes a typed snapshot after Load and after each successful Set.
//
// A new directive is one row in a table_*.go file. A row without Built is
// accepted, answers CONFIG GET and does nothing; a row with unbuilt set stops
// the start instead, because pretending would cost somebody data or access.
//
// Begin reading at Directive (directive.go), then value.go for how a word
// becomes a value, load.go for files, args.go for the command line, set.go for
// CONFIG SET, rewrite.go for CONFIG REWRITE.
package conf
