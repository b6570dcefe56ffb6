package conf

import "strings"

// commandLine is redis-server's command line taken apart:
//
//	[file] [-] [--directive [value ...]] ... [-]
//
// The options become lines of configuration, read after the file and standard
// input. Redis 7.0.15's rules, quirks included:
//   - the first word is a file unless it begins with -; a lone - as the first
//     or last word asks for standard input;
//   - a word that begins with -- opens a directive, but only when the one
//     before has a value already: --port --loglevel is port with the value
//     "--loglevel". "--port 7000" as a single word counts as having one;
//   - --save alone, before another -- or at the end, is save "";
//   - any other word is a value of the directive before it.
type commandLine struct {
	hasFile bool
	file    string
	stdin   bool
	options string
}

// errSentinel refuses what would make redis-server a sentinel.
var errSentinel = &LoadError{Reason: "Cinnabar has no sentinel mode: run redis-sentinel, which can watch Cinnabar as it watches Redis"}

func parseArgs(args []string) (commandLine, error) {
	var line commandLine
	if len(args) == 0 {
		return line, nil
	}
	for _, arg := range args {
		if arg == "--sentinel" {
			return line, errSentinel
		}
	}
	first := 0
	if !strings.HasPrefix(args[0], "-") {
		line.hasFile, line.file = true, args[0]
		first = 1
	}
	var options strings.Builder
	hasValue := true // the directive before has a value
	for i := first; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "-" && (i == 0 || i == len(args)-1):
			line.stdin = true
		case hasValue && strings.HasPrefix(arg, "--"):
			hasValue = writeOption(&options, arg, args[i+1:])
		default:
			options.WriteString(Quote(arg))
			options.WriteByte(' ')
			hasValue = true
		}
	}
	line.options = options.String()
	return line, nil
}

// writeOption opens a line for a directive and reports whether it has its value
// already. rest are the words after it.
func writeOption(options *strings.Builder, arg string, rest []string) (hasValue bool) {
	if options.Len() > 0 {
		options.WriteByte('\n')
	}
	options.WriteString(arg[2:])
	options.WriteByte(' ')
	if words, _ := SplitWords(arg); len(words) != 1 {
		return true
	}
	if lower(arg) != "--save" {
		return false
	}
	if len(rest) == 0 || strings.HasPrefix(rest[0], "--") {
		options.WriteString(`""`)
		return true
	}
	return false
}
