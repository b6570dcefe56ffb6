package lua51

import (
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// Chunk is compiled Lua. It may be shared by states and goroutines.
type Chunk struct {
	proto *lua.FunctionProto
}

// CompileError is why a chunk can't be compiled: the message of luaL_loadbuffer.
type CompileError struct{ Message string }

func (e *CompileError) Error() string { return e.Message }

// Compile compiles a chunk. The name is luaL_loadbuffer's: "@user_script" is shown as user_script in errors, and a name without a mark is taken
// for the chunk's own text. An error is a *CompileError. What is compiled by Lua's string.dump is text here, and no good one.
func Compile(name string, body []byte) (*Chunk, error) { return CompileWith(name, body, nil) }

// Known are functions of tables that are globals, by both names ("redis.call"): calls of them are compiled as such, without a look at the table. So
// it must be read-only, and the chunk run with the globals for its environment. With Unheeded behind the name, if it is there, stands what is
// called where nobody takes the results.
type Known map[string]*lua.LFunction

// Unheeded marks names of Known.
const Unheeded = "!"

// CompileWith is Compile for a chunk that knows functions.
func CompileWith(name string, body []byte, known Known) (*Chunk, error) {
	for nonce := 0; ; nonce++ {
		p := &parser{
			lexer:  newLexer(shownName(name), body),
			origin: &origin{name: name, shown: shownName(name)},
			plain:  map[int]int{},
			marker: "\x00hidden" + strconv.Itoa(nonce) + ".",
			known:  known,
		}
		chunk, err := p.compile()
		if err != nil || !p.collided {
			return chunk, err
		}
	}
}

// compile parses, compiles and mends.
func (p *parser) compile() (chunk *Chunk, err error) {
	defer func() {
		if v := recover(); v != nil {
			failure, ok := v.(*CompileError)
			if !ok { // the machine's compiler found no room for a register, or an instruction no room for a number
				failure = p.tooComplex()
			}
			chunk, err = nil, failure
		}
	}()
	tree := p.parse()
	proto, failure := lua.Compile(p.enclosed(tree), p.origin.shown)
	if failure != nil {
		return nil, p.tooComplex()
	}
	if !p.mend(proto) {
		return nil, &CompileError{Message: p.origin.shown + ":" + strconv.Itoa(p.lexer.line) + ": control structure too long near '<eof>'"}
	}
	proto.IsVarArg &^= lua.VarArgNeedsArg // which would make a table arg at each run: only functions have that
	return &Chunk{proto: proto}, nil
}

func (p *parser) tooComplex() *CompileError {
	line := strconv.Itoa(p.lexer.line)
	return &CompileError{Message: p.origin.shown + ":" + line + ": function or expression too complex near '<eof>'"}
}

// enclosed gives the tree a last line, which the compiler takes of its last statement: one of its own, since a loop's last line is that of its
// jump back.
func (p *parser) enclosed(tree []ast.Stmt) []ast.Stmt {
	if len(tree) == 0 {
		return tree
	}
	end := &ast.DoBlockStmt{}
	end.SetLastLine(p.plainSite(p.lexer.line) - 1)
	return append(tree, end)
}

// mend puts the hidden functions where their marks are, notes the origin, and gives back room that the compiler has reserved. It tells whether
// all jumps fit their instructions.
func (p *parser) mend(proto *lua.FunctionProto) bool {
	if len(proto.Code) > maxLabels {
		return false
	}
	for i, constant := range proto.Constants {
		if text, ok := constant.(lua.LString); ok && strings.HasPrefix(string(text), p.marker) {
			proto.Constants[i] = p.meant(string(text[len(p.marker):]))
		}
	}
	proto.Constants = append(slices.Clip(proto.Constants), &lua.LUserData{Value: p.origin, Metatable: lua.LNil})
	proto.Code = slices.Clone(proto.Code)
	proto.DbgSourcePositions = slices.Clone(proto.DbgSourcePositions)
	proto.DbgLocals, proto.DbgCalls = nil, nil
	for _, inner := range proto.FunctionPrototypes {
		if !p.mend(inner) {
			return false
		}
	}
	return true
}

// meant is the function that a mark stands for: a hidden one, or one that is known.
func (p *parser) meant(mark string) *lua.LFunction {
	if mark[0] == byte(hiddenKnown) {
		return p.known[mark[1:]]
	}
	return hiddenFunctions[hidden(mark[0])]
}

// unheeded has a call whose results nobody takes call what there is for that.
func (p *parser) unheeded(node ast.Expr) {
	call, ok := node.(*ast.FuncCallExpr)
	if !ok {
		return
	}
	mark, ok := call.Func.(*ast.StringExpr)
	if !ok {
		return
	}
	name, ok := strings.CutPrefix(mark.Value, p.marker+string(hiddenKnown))
	if ok && p.known[name+Unheeded] != nil {
		mark.Value += Unheeded
		p.constant(mark.Value)
	}
}

// callee is what a call calls: where that is a known function, its mark.
func (p *parser) callee(e expression) ast.Expr {
	get, ok := e.node.(*ast.AttrGetExpr)
	if !ok || len(p.known) == 0 {
		return e.node
	}
	table, isName := get.Object.(*ast.IdentExpr)
	field, isText := get.Key.(*ast.StringExpr)
	if !isName || !isText || p.resolve(table.Value) != kindGlobal || p.known[table.Value+"."+field.Value] == nil {
		return e.node
	}
	mark := &ast.StringExpr{Value: p.marker + string(hiddenKnown) + table.Value + "." + field.Value}
	p.constant(mark.Value)
	mark.SetLine(get.Line())
	return mark
}

// idSize is LUA_IDSIZE: the room for a chunk's name in errors.
const idSize = 60

// shownName is luaO_chunkid: how errors show a chunk's name.
func shownName(name string) string {
	name = cut(name)
	switch {
	case strings.HasPrefix(name, "="):
		return name[1:min(len(name), idSize)]
	case strings.HasPrefix(name, "@"):
		if rest, room := name[1:], idSize-len(" '...' ")-1; len(rest) > room {
			return "..." + rest[len(rest)-room:]
		}
		return name[1:]
	}
	line, rest := name, ""
	if end := strings.IndexAny(name, "\r\n"); end >= 0 {
		line, rest = name[:end], name[end:]
	}
	room := idSize - len(` [string "..."] `) - 1
	if rest != "" || len(line) > room {
		return `[string "` + line[:min(len(line), room)] + `..."]`
	}
	return `[string "` + line + `"]`
}
