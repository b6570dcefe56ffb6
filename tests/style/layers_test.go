package style

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

const module = "github.com/cinnabar-db/cinnabar"

// arrows is the picture in ARCHITECTURE.md: what a package may import of the module, by folder. "x" stands for x and all below it. A
// package is held to the entry with the longest name that it lies in; a package that has none is a complaint.
var arrows = map[string][]string{
	".":                {"server", "conf"},
	"cmd":              {"server", "persistence", "conf"},
	"server":           {"server", "scripting", "replication", "memcached", "tx", "pubsub", "persistence", "datatypes", "conf"},
	"server/commands":  {"server/commands", "server/resp", "tx", "pubsub", "datatypes", "conf"},
	"server/resp":      {},
	"server/transport": {},
	"server/oplog":     {},
	"server/process":   {"server/oplog"},
	"server/tracking":  {"datatypes"},
	"scripting":        {"scripting", "server/resp", "datatypes"},
	"replication":      {"replication", "persistence", "datatypes"},
	"memcached":        {"memcached", "datatypes"},
	"persistence":      {"persistence", "datatypes", "conf"},
	"tx":               {"tx", "datatypes"},
	"pubsub":           {"pubsub"},
	"datatypes":        {"datatypes"},
	"conf":             {"conf"},
	"tests":            {"tests"},
}

// pure are the folders that know no network, disk, logger or wall clock.
var pure = []string{"datatypes", "tx", "pubsub", "conf", "server/tracking"}

// worldly are the packages that pure folders don't import, nor what lies below them.
var worldly = []string{"net", "os", "syscall", "log", "io/ioutil", "golang.org/x/sys"}

// readsFiles are the pure folders that may know files all the same: conf reads redis.conf and what it includes, and writes it anew.
var readsFiles = []string{"conf"}

// files are the worldly packages of those who read files.
var files = []string{"os", "syscall"}

// clocks are the functions of package time that pure folders don't call.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

type source struct {
	path, dir string // within the module, and on disk
	imports   []string
}

func packages(t *testing.T) []source {
	root, err := peer.Root()
	require.NoError(t, err)
	list := exec.Command("go", "list", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{join .Imports \" \"}}", "./...")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	var all []source
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, source{path: within(fields[0]), dir: fields[1], imports: strings.Fields(fields[2])})
	}
	require.NotEmpty(t, all)
	return all
}

// within is an import path relative to the module, "" for one from elsewhere.
func within(path string) string {
	if path == module {
		return "."
	}
	rest, _ := strings.CutPrefix(path, module+"/")
	if rest == path {
		return ""
	}
	return rest
}

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func belowAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return below(path, folder) })
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		folder, known := p.path, false
		for !known && folder != "" {
			if _, known = arrows[folder]; !known {
				folder, _, _ = cutLast(folder)
			}
		}
		require.True(t, known, "%s has no place in the picture", p.path)
		for _, imported := range p.imports {
			path := within(imported)
			if path != "" && !strings.HasSuffix(p.path, "test") && !belowAny(path, arrows[folder]) {
				t.Errorf("%s imports %s, which isn't below it", p.path, path)
			}
		}
	}
}

func cutLast(path string) (head, tail string, found bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func TestRedconIsKnownToRespAlone(t *testing.T) {
	users := 0
	for _, p := range packages(t) {
		if slices.Contains(p.imports, "github.com/tidwall/redcon") {
			users++
			require.Equal(t, "server/resp", p.path)
		}
	}
	require.Equal(t, 1, users)
}

func TestPureFoldersKnowNoWorld(t *testing.T) {
	for _, p := range packages(t) {
		if !belowAny(p.path, pure) {
			continue
		}
		for _, imported := range p.imports {
			allowed := belowAny(p.path, readsFiles) && slices.Contains(files, imported)
			if belowAny(imported, worldly) && !allowed {
				t.Errorf("%s imports %s", p.path, imported)
			}
		}
		sources, err := filepath.Glob(filepath.Join(p.dir, "*.go"))
		require.NoError(t, err)
		for _, file := range sources {
			if !strings.HasSuffix(file, "_test.go") {
				checkClock(t, file)
			}
		}
	}
}

func checkClock(t *testing.T, path string) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if name, ok := selector.X.(*ast.Ident); ok && name.Name == "time" && slices.Contains(clocks, selector.Sel.Name) {
			t.Errorf("%s asks the clock: time.%s", set.Position(n.Pos()), selector.Sel.Name)
		}
		return true
	})
}
