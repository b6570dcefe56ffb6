package lua51

import (
	"fmt"
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// Bounds of Lua 5.1, and of gopher-lua's instructions.
const (
	maxLevels   = 200 // LUAI_MAXCCALLS: syntax within syntax
	maxLocals   = 200
	maxUpvalues = 60

	// What the machine's compiler can't do, or not in reasonable time, Lua's refuses later or not at all.
	maxDepth     = 2000   // of the tree, which the compiler walks by recursion
	maxConstants = 10000  // of a function: the compiler looks through all of them for each
	maxFunctions = 5000   // of a chunk: each takes 16 KiB while it is compiled
	maxLabels    = 100000 // of a function, and instructions: jumps have 18 bits
	maxListed    = 25000  // values in a table's constructor
	maxChunk     = 500000 // instructions of a chunk, which take two seconds
)

// function is a function that is being parsed: what names mean in it.
type function struct {
	outer        *function
	line         int // where it begins, 0 for the chunk
	locals       []string
	blocks       []block
	upvalues     []string
	vararg       bool
	instructions int // at least
	labels       int
	constants    map[any]struct{}
}

// block is a scope: where its locals begin, and whether break leaves it.
type block struct {
	first int
	loop  bool

	// Of a loop: a break within a block in it, and a function in it.
	breaks, functions bool
}

func (p *parser) openFunction(line int, vararg bool) {
	if p.functions++; p.functions > maxFunctions {
		p.lexer.fail("function or expression too complex", p.lexer.token)
	}
	p.function = &function{outer: p.function, line: line, vararg: vararg, constants: map[any]struct{}{}}
	p.openBlock(false)
}

func (p *parser) closeFunction() { p.function = p.function.outer }

func (p *parser) openBlock(loop bool) {
	f := p.function
	f.blocks = append(f.blocks, block{first: len(f.locals), loop: loop})
}

func (p *parser) closeBlock() {
	f := p.function
	f.locals = f.locals[:f.blocks[len(f.blocks)-1].first]
	f.blocks = f.blocks[:len(f.blocks)-1]
}

// breakFrom notes a break.
func (p *parser) breakFrom() {
	blocks := p.function.blocks
	for i, b := range slices.Backward(blocks) {
		if b.loop {
			blocks[i].breaks = blocks[i].breaks || i < len(blocks)-2 // the block behind it is the loop's own body
			return
		}
	}
	p.syntax("no loop to break")
}

// functionIn notes a function that may capture locals of the loops around it.
func (p *parser) functionIn() {
	for i := range p.function.blocks {
		p.function.blocks[i].functions = true
	}
}

// closeLoop closes a loop's block. A break leaves locals of blocks in the loop that functions have captured as they are, unless the function
// captures some of the loop's own: so it is made to where it may matter.
func (p *parser) closeLoop(body []ast.Stmt, line int) []ast.Stmt {
	loop := p.function.blocks[len(p.function.blocks)-1]
	p.closeBlock()
	if len(body) > 0 && mayJump(body[0]) { // the compiler takes a jump back to a jump for one to elsewhere
		body = append([]ast.Stmt{p.at(&ast.LocalAssignStmt{Names: []string{"(begin)"}, Exprs: []ast.Expr{}}, line)}, body...)
	}
	if !loop.breaks || !loop.functions {
		return body
	}
	const captured, capturing = "(captured)", "(capturing)"
	value := p.atExpr(&ast.IdentExpr{Value: captured}, line)
	inner := &ast.FunctionExpr{ParList: &ast.ParList{}, Stmts: []ast.Stmt{p.at(&ast.ReturnStmt{Exprs: []ast.Expr{value}}, line)}}
	p.place(inner, line)
	return append([]ast.Stmt{
		p.at(&ast.LocalAssignStmt{Names: []string{captured}, Exprs: []ast.Expr{}}, line),
		p.at(&ast.LocalAssignStmt{Names: []string{capturing}, Exprs: []ast.Expr{inner}}, line),
	}, body...)
}

// mayJump tells whether a statement may begin with a jump.
func mayJump(statement ast.Stmt) bool {
	switch statement := statement.(type) {
	case *ast.BreakStmt, *ast.DoBlockStmt, *ast.RepeatStmt:
		return true
	case *ast.WhileStmt:
		_, constant := constantTruth(statement.Condition)
		return constant
	case *ast.IfStmt:
		_, constant := constantTruth(statement.Condition)
		return constant
	}
	return false
}

// checkLocals refuses more locals than a function may have; count come to those there are.
func (p *parser) checkLocals(count int) {
	p.limit(p.function, len(p.function.locals)+count, maxLocals, "local variables")
}

// declare makes names local from here on.
func (p *parser) declare(names ...string) {
	p.function.locals = append(p.function.locals, names...)
}

// limit is luaY_checklimit.
func (p *parser) limit(f *function, count, most int, what string) {
	if count <= most {
		return
	}
	who := "main function"
	if f.line != 0 {
		who = fmt.Sprintf("function at line %d", f.line)
	}
	p.lexer.fail(fmt.Sprintf("%s has more than %d %s", who, most, what), 0)
}

// resolve tells what a name means here.
func (p *parser) resolve(name string) kind { return p.resolveIn(p.function, name) }

func (p *parser) resolveIn(f *function, name string) kind {
	switch {
	case f == nil:
		return kindGlobal
	case slices.Contains(f.locals, name):
		return kindLocal
	case slices.Contains(f.upvalues, name):
		return kindUpvalue
	case p.resolveIn(f.outer, name) == kindGlobal:
		return kindGlobal
	}
	p.limit(f, len(f.upvalues)+1, maxUpvalues, "upvalues")
	f.upvalues = append(f.upvalues, name)
	return kindUpvalue
}

// constant notes a constant of the function.
func (p *parser) constant(v any) {
	f := p.function
	if len(f.constants) >= maxConstants {
		p.lexer.fail("constant table overflow", p.lexer.token)
	}
	f.constants[v] = struct{}{}
}

// instructed counts what the compiler makes an instruction for at least, so that what becomes too long is not compiled first.
func (p *parser) instructed() {
	p.instructions++
	if p.function.instructions++; p.function.instructions > maxLabels || p.instructions > maxChunk {
		p.lexer.fail("control structure too long", p.lexer.token)
	}
}

// labelled counts what the compiler makes labels or jumps for.
func (p *parser) labelled(count int) {
	if p.function.labels += count; p.function.labels > maxLabels {
		p.lexer.fail("control structure too long", p.lexer.token)
	}
}
