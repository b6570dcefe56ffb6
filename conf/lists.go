package conf

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// listRule is the grammar of one directive of several words. The values it
// makes are never changed in place.
type listRule struct {
	// parse may look at the Config's present value where new words add to it;
	// c is nil when the table checks its defaults.
	parse  func(c *Config, args []string) (any, error)
	format func(any) string
	// lines are what CONFIG REWRITE writes after the name, a line each. force
	// says which must stand in the file even where it had none.
	lines func(any) []rewriteLine
	same  func(a, b any) bool // nil: setting it always counts as a change
}

// rewriteLine is one line of CONFIG REWRITE, without the directive's name.
type rewriteLine struct {
	words string
	force bool
}

// SaveRule asks for a snapshot after Seconds if at least Changes keys changed.
type SaveRule struct {
	Seconds int64
	Changes int64
}

var errSave = errors.New("Invalid save parameters")

var saveRule = &listRule{
	parse: func(c *Config, args []string) (any, error) {
		rules, err := parseSave(args)
		if err != nil || c == nil || c.loading == nil {
			return rules, err
		}
		keep := c.loading.keepSaveRules()
		if keep && !isEmptyWord(args) {
			rules = append(slices.Clip(c.SaveRules()), rules...)
		}
		return rules, nil
	},
	format: func(v any) string {
		words := make([]string, len(v.([]SaveRule)))
		for i, r := range v.([]SaveRule) {
			words[i] = fmt.Sprintf("%d %d", r.Seconds, r.Changes)
		}
		return strings.Join(words, " ")
	},
	lines: func(v any) []rewriteLine {
		lines := make([]rewriteLine, 0, 1+len(v.([]SaveRule)))
		for _, r := range v.([]SaveRule) {
			lines = append(lines, rewriteLine{fmt.Sprintf("%d %d", r.Seconds, r.Changes), true})
		}
		if len(lines) == 0 {
			lines = append(lines, rewriteLine{`""`, true})
		}
		return lines
	},
}

// isEmptyWord is how files spell an empty list: save "".
func isEmptyWord(args []string) bool { return len(args) == 1 && args[0] == "" }

func parseSave(args []string) ([]SaveRule, error) {
	if isEmptyWord(args) {
		args = nil
	}
	if len(args)%2 != 0 {
		return nil, errSave
	}
	rules := make([]SaveRule, 0, len(args)/2)
	for i := 0; i < len(args); i += 2 {
		seconds, rest, _ := strtoll(args[i], 10)
		changes, rest2, _ := strtoll(args[i+1], 10)
		if rest != "" || rest2 != "" || seconds < 1 || changes < 0 {
			return nil, errSave
		}
		rules = append(rules, SaveRule{Seconds: seconds, Changes: int64(int32(changes))})
	}
	return rules, nil
}

// OutputLimit bounds what may wait for a client of one class. 0 is no limit.
type OutputLimit struct {
	Hard        uint64 // bytes: the client is closed at once
	Soft        uint64 // bytes: the client is closed after SoftSeconds above it
	SoftSeconds int64
}

// The classes of OutputLimits.
const (
	NormalClients = iota
	ReplicaClients
	PubsubClients
)

var (
	errLimitCount = errors.New("Wrong number of arguments in buffer limit configuration.")
	errLimitClass = errors.New("Invalid client class specified in buffer limit configuration.")
	errLimitValue = errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
)

// limitClasses are the names CONFIG GET shows; files may also say replica.
var limitClasses = [...]string{"normal", "slave", "pubsub"}

var defaultOutputLimits = [3]OutputLimit{
	ReplicaClients: {Hard: 256 << 20, Soft: 64 << 20, SoftSeconds: 60},
	PubsubClients:  {Hard: 32 << 20, Soft: 8 << 20, SoftSeconds: 60},
}

var outputLimitRule = &listRule{
	parse: func(c *Config, args []string) (any, error) {
		limits := defaultOutputLimits
		if c != nil {
			limits = c.OutputLimits()
		}
		return parseOutputLimits(limits, args)
	},
	format: func(v any) string {
		var words []string
		for i, l := range v.([3]OutputLimit) {
			words = append(words, fmt.Sprintf("%s %d %d %d", limitClasses[i], l.Hard, l.Soft, l.SoftSeconds))
		}
		return strings.Join(words, " ")
	},
	lines: func(v any) []rewriteLine {
		names := [...]string{"normal", "replica", "pubsub"}
		var lines []rewriteLine
		for i, l := range v.([3]OutputLimit) {
			words := fmt.Sprintf("%s %s %s %d", names[i], formatMemory(int64(l.Hard)), formatMemory(int64(l.Soft)), l.SoftSeconds)
			lines = append(lines, rewriteLine{words, l != defaultOutputLimits[i]})
		}
		return lines
	},
}

func parseOutputLimits(limits [3]OutputLimit, args []string) (any, error) {
	if len(args)%4 != 0 {
		return nil, errLimitCount
	}
	for ; len(args) > 0; args = args[4:] {
		class := lower(args[0])
		if class == "replica" {
			class = "slave"
		}
		i := slices.Index(limitClasses[:], class)
		if i < 0 {
			return nil, errLimitClass
		}
		hard, ok1 := parseMemory(args[1])
		soft, ok2 := parseMemory(args[2])
		seconds, rest, _ := strtoll(args[3], 10)
		seconds = int64(int32(seconds))
		if !ok1 || !ok2 || seconds < 0 || rest != "" {
			return nil, errLimitValue
		}
		limits[i] = OutputLimit{Hard: hard, Soft: soft, SoftSeconds: seconds}
	}
	return limits, nil
}

var oomScoreRule = &listRule{
	parse: func(_ *Config, args []string) (any, error) {
		var scores [3]int
		if len(args) != len(scores) {
			return nil, errArgCount
		}
		for i, arg := range args {
			n, rest, _ := strtoll(arg, 10)
			if rest != "" || n < -2000 || n > 2000 {
				return nil, errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
			}
			scores[i] = int(n)
		}
		return scores, nil
	},
	format: formatOOMScores,
	lines: func(v any) []rewriteLine {
		return []rewriteLine{{formatOOMScores(v), v.([3]int) != [3]int{0, 200, 800}}}
	},
	same: func(a, b any) bool { return a == b },
}

func formatOOMScores(v any) string {
	s := v.([3]int)
	return fmt.Sprintf("%d %d %d", s[0], s[1], s[2])
}

// maxBindAddresses is Redis's CONFIG_BINDADDR_MAX.
const maxBindAddresses = 16

// defaultBind is every address; the leading - lets a machine without IPv6 pass.
var defaultBind = []string{"*", "-::*"}

var bindRule = &listRule{
	parse: func(_ *Config, args []string) (any, error) {
		if len(args) > maxBindAddresses {
			return nil, errors.New("Too many bind addresses specified.")
		}
		if isEmptyWord(args) {
			args = nil
		}
		return slices.Clone(args), nil
	},
	format: func(v any) string { return strings.Join(v.([]string), " ") },
	lines: func(v any) []rewriteLine {
		addresses := v.([]string)
		switch {
		case slices.Equal(addresses, defaultBind):
			return nil
		case len(addresses) == 0:
			return []rewriteLine{{`""`, true}}
		}
		return []rewriteLine{{strings.Join(addresses, " "), true}}
	},
}

// master is the value of replicaof; no host is none.
type master struct {
	host string
	port int64
}

var replicaofRule = &listRule{
	parse: func(_ *Config, args []string) (any, error) {
		if len(args) == 0 {
			return master{}, nil
		}
		if len(args) != 2 {
			return nil, errArgCount
		}
		if lower(args[0]) == "no" && lower(args[1]) == "one" {
			return master{}, nil
		}
		port, rest, _ := strtoll(args[1], 10)
		if port < 0 || port > math.MaxUint16 || rest != "" {
			return nil, errors.New("Invalid master port")
		}
		return master{host: args[0], port: port}, nil
	},
	format: func(v any) string {
		m := v.(master)
		if m.host == "" {
			return ""
		}
		return m.host + " " + strconv.FormatInt(m.port, 10)
	},
	lines: func(v any) []rewriteLine {
		m := v.(master)
		if m.host == "" {
			return nil
		}
		return []rewriteLine{{fmt.Sprintf("%s %d", m.host, m.port), true}}
	},
}

var percentilesRule = &listRule{
	parse: func(_ *Config, args []string) (any, error) {
		if isEmptyWord(args) {
			args = nil
		}
		percentiles := make([]float64, len(args))
		for i, arg := range args {
			p, ok := strtod(arg)
			if !ok {
				return nil, errors.New("Invalid latency-tracking-info-percentiles parameters")
			}
			if p > 100 || p < 0 {
				return nil, errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
			}
			percentiles[i] = p
		}
		return percentiles, nil
	},
	format: formatPercentiles,
	lines: func(v any) []rewriteLine {
		words := formatPercentiles(v)
		if words == "" {
			words = `""`
		}
		return []rewriteLine{{words, true}}
	},
}

// strtod is C's for a whole word: hexadecimal numbers need no exponent there,
// and digits can't be grouped by underscores.
func strtod(s string) (float64, bool) {
	if hex := lower(s); strings.Contains(hex, "0x") && !strings.Contains(hex, "p") {
		s += "p0"
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsNaN(n) && !strings.Contains(s, "_")
}

func formatPercentiles(v any) string {
	words := make([]string, len(v.([]float64)))
	for i, p := range v.([]float64) {
		words[i] = strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(p, 'f', 6, 64), "0"), ".")
	}
	return strings.Join(words, " ")
}
