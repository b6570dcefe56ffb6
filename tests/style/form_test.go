package style

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cinnabar-db/cinnabar/tests/peer"
)

const (
	maxFileLines     = 700
	maxFunctionLines = 80
	maxStructFields  = 15
)

// flat are the structs that may be larger, each with the reason.
var flat = map[string]string{
	"Row": "a line of the command table: the facts of a command that Redis's own table lists side by side",
}

// vague are package names that say nothing.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared"}

func TestForm(t *testing.T) {
	root, err := peer.Root()
	require.NoError(t, err)
	files := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != root):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, ".go"):
			files++
			checkFile(t, root, path)
		}
		return nil
	}))
	require.NotZero(t, files)
}

func checkFile(t *testing.T, root, path string) {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	name, err := filepath.Rel(root, path)
	require.NoError(t, err)
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	require.NoError(t, err)
	if ast.IsGenerated(file) {
		return
	}
	formatted, err := format.Source(text)
	require.NoError(t, err)
	if !bytes.Equal(text, formatted) {
		t.Errorf("%s isn't formatted as gofmt does", name)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > maxFileLines {
		t.Errorf("%s has %d lines, more than %d: which theme in it wants a file of its own?", name, lines, maxFileLines)
	}
	if slices.Contains(vague, file.Name.Name) {
		t.Errorf("%s: package %s says nothing of what it holds", name, file.Name.Name)
	}
	checkSizes(t, set, file)
}

func checkSizes(t *testing.T, set *token.FileSet, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body == nil {
				break
			}
			if lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line; lines > maxFunctionLines && !isTable(n) {
				t.Errorf("%s: %s has %d lines, more than fit a screen (%d)", set.Position(n.Pos()), n.Name.Name, lines, maxFunctionLines)
			}
		case *ast.TypeSpec:
			if s, ok := n.Type.(*ast.StructType); ok && fields(s) > maxStructFields && flat[n.Name.Name] == "" {
				t.Errorf("%s: %s has %d fields, more than %d: which smaller struct hides in it?", set.Position(n.Pos()), n.Name.Name, fields(s), maxStructFields)
			}
		}
		return true
	})
}

// isTable tells whether a function is mostly literal: few statements, however many lines.
func isTable(f *ast.FuncDecl) bool {
	statements := 0
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if _, ok := n.(ast.Stmt); ok {
			statements++
		}
		return true
	})
	return statements <= 12
}

func fields(s *ast.StructType) int {
	count := 0
	for _, field := range s.Fields.List {
		count += max(1, len(field.Names))
	}
	return count
}

// smallPackage is how many files a package may have whose comment stands elsewhere than in doc.go.
const smallPackage = 2

func TestPackagesSayWhatTheyAre(t *testing.T) {
	for _, p := range packages(t) {
		sources, err := filepath.Glob(filepath.Join(p.dir, "*.go"))
		require.NoError(t, err)
		said := slices.ContainsFunc(sources, func(path string) bool {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			require.NoError(t, err)
			return file.Doc.Text() != "" && (filepath.Base(path) == "doc.go" || len(sources) <= smallPackage)
		})
		require.True(t, said, "%s has no doc.go that says what it is", p.path)
	}
}
