package lua51

import (
	"fmt"
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// parser makes gopher-lua's syntax tree of a chunk. Its functions are the productions of Lua 5.1's parser; errors leave it as panics with a
// *CompileError.
type parser struct {
	lexer     *lexer
	function  *function
	origin    *origin
	plain     map[int]int // sites of lines without names
	levels    int
	functions int
	// instructions are those that have been counted in all functions.
	instructions int

	known    Known  // functions that calls are compiled for
	marker   string // what strings begin with that stand for hidden functions
	collided bool   // a string of the chunk begins so, too
	yields   bool   // a string of the chunk is "yield"
}

// parse is the tree of a whole chunk.
func (p *parser) parse() []ast.Stmt {
	p.openFunction(0, true)
	p.lexer.next()
	statements := p.chunk()
	if p.lexer.token != tokenEnds {
		p.expected(tokenEnds)
	}
	p.closeFunction()
	return statements
}

// syntax is an error near the present token.
func (p *parser) syntax(message string) { p.lexer.fail(message, p.lexer.token) }

func (p *parser) expected(t token) { p.syntax("'" + t.text() + "' expected") }

// accept goes on where the present token is t.
func (p *parser) accept(t token) bool {
	if p.lexer.token != t {
		return false
	}
	p.lexer.next()
	return true
}

func (p *parser) require(t token) {
	if p.lexer.token != t {
		p.expected(t)
	}
	p.lexer.next()
}

// closes requires what closes the token who of a line.
func (p *parser) closes(what, who token, line int) {
	if p.accept(what) {
		return
	}
	if line == p.lexer.line {
		p.expected(what)
	}
	p.syntax(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", what.text(), who.text(), line))
}

func (p *parser) name() string {
	if p.lexer.token != tokenName {
		p.expected(tokenName)
	}
	name := p.lexer.text
	p.lexer.next()
	return name
}

func (p *parser) enter() {
	if p.levels++; p.levels > maxLevels {
		p.lexer.fail("chunk has too many syntax levels", 0)
	}
}

func (p *parser) leave() { p.levels-- }

// blockEnds tells whether the present token ends a block.
func (p *parser) blockEnds() bool {
	switch p.lexer.token {
	case tokenElse, tokenElseif, tokenEnd, tokenUntil, tokenEnds:
		return true
	}
	return false
}

// chunk reads statements. Each may become several.
func (p *parser) chunk() []ast.Stmt {
	p.enter()
	statements := []ast.Stmt{}
	for last := false; !last && !p.blockEnds(); {
		var statement ast.Stmt
		statement, last = p.statement()
		statements = append(statements, statement)
		p.instructed()
		p.accept(';')
	}
	p.leave()
	return statements
}

// block is a chunk with locals of its own.
func (p *parser) block(loop bool) []ast.Stmt {
	p.openBlock(loop)
	statements := p.chunk()
	p.closeBlock()
	return statements
}

// statement reads one; last is one that must end its block.
func (p *parser) statement() (statement ast.Stmt, last bool) {
	line := p.lexer.line
	switch p.lexer.token {
	case tokenIf:
		return p.ifStatement(line), false
	case tokenWhile:
		return p.whileStatement(line), false
	case tokenDo:
		p.lexer.next()
		body := p.block(false)
		p.closes(tokenEnd, tokenDo, line)
		return p.ended(&ast.DoBlockStmt{Stmts: body}, line), false
	case tokenFor:
		return p.forStatement(line), false
	case tokenRepeat:
		return p.repeatStatement(line), false
	case tokenFunction:
		return p.functionStatement(line), false
	case tokenLocal:
		p.lexer.next()
		if p.accept(tokenFunction) {
			return p.localFunction(line), false
		}
		return p.localStatement(line), false
	case tokenReturn:
		return p.returnStatement(line), true
	case tokenBreak:
		p.lexer.next()
		p.breakFrom()
		return p.at(&ast.BreakStmt{}, line), true
	}
	return p.expressionStatement(line), false
}

func (p *parser) ifStatement(line int) ast.Stmt {
	first := &ast.IfStmt{}
	last := first
	p.condition(last, line)
	for count := 0; p.lexer.token == tokenElseif; count++ {
		if count > maxDepth {
			p.lexer.fail("chunk has too many syntax levels", 0)
		}
		next := &ast.IfStmt{}
		p.condition(next, p.lexer.line)
		last.Else = []ast.Stmt{next}
		last = next
	}
	if p.accept(tokenElse) {
		last.Else = p.block(false)
	}
	p.closes(tokenEnd, tokenIf, line)
	return p.ended(first, line)
}

// condition reads from if or elseif up to the end of its block.
func (p *parser) condition(statement *ast.IfStmt, line int) {
	p.labelled(3)
	p.at(statement, line)
	p.lexer.next()
	statement.Condition = p.branch()
	p.require(tokenThen)
	statement.Then = p.block(false)
}

func (p *parser) whileStatement(line int) ast.Stmt {
	p.labelled(3)
	p.lexer.next()
	condition := p.branch()
	p.openBlock(true)
	p.require(tokenDo)
	body, last := p.block(false), p.lexer.last
	p.closes(tokenEnd, tokenWhile, line)
	body = p.closeLoop(body, line)
	loop := p.at(&ast.WhileStmt{Condition: condition, Stmts: body}, line)
	loop.SetLastLine(p.plainSite(last)) // of the jump back, which Lua makes before it reads on behind the end
	return loop
}

func (p *parser) repeatStatement(line int) ast.Stmt {
	p.labelled(3)
	p.openBlock(true)
	p.openBlock(false)
	p.lexer.next()
	body := p.chunk()
	p.closes(tokenUntil, tokenRepeat, line)
	condition := p.branch() // sees the locals of the body
	p.closeBlock()
	body = p.closeLoop(body, line)
	return p.ended(&ast.RepeatStmt{Condition: condition, Stmts: body}, line)
}

func (p *parser) forStatement(line int) ast.Stmt {
	p.labelled(3)
	p.openBlock(true)
	p.lexer.next()
	first := p.name()
	switch p.lexer.token {
	case '=':
		loop := p.numberFor(first, line)
		p.closes(tokenEnd, tokenFor, line)
		loop.Stmts = p.closeLoop(loop.Stmts, line)
		return p.ended(loop, line)
	case ',', tokenIn:
		before, loop := p.genericFor(first, line)
		p.closes(tokenEnd, tokenFor, line)
		loop.Stmts = p.closeLoop(loop.Stmts, line)
		p.ended(loop, line)
		if before != nil {
			return p.ended(&ast.DoBlockStmt{Stmts: []ast.Stmt{before, loop}}, line)
		}
		return loop
	}
	p.syntax("'=' or 'in' expected")
	return nil
}

func (p *parser) numberFor(name string, line int) *ast.NumberForStmt {
	p.checkLocals(4)
	p.lexer.next()
	statement := &ast.NumberForStmt{Name: name}
	statement.Init = p.bound(p.expression(), "initial")
	p.require(',')
	statement.Limit = p.bound(p.expression(), "limit")
	if p.accept(',') {
		statement.Step = p.bound(p.expression(), "step")
	}
	p.require(tokenDo)
	statement.Stmts = p.forBody("(for index)", "(for limit)", "(for step)", name)
	p.at(statement, line)
	return statement
}

func (p *parser) forBody(names ...string) []ast.Stmt {
	p.openBlock(false)
	p.declare(names...)
	body := p.chunk()
	p.closeBlock()
	return body
}

// genericFor reads a loop; before, if not nil, must run first.
func (p *parser) genericFor(first string, line int) (before ast.Stmt, loop *ast.GenericForStmt) {
	names := []string{first}
	for p.accept(',') {
		p.checkLocals(4 + len(names))
		names = append(names, p.name())
	}
	p.checkLocals(3 + len(names))
	p.require(tokenIn)
	at := p.lexer.line
	expressions, before := p.generator(p.expressions(), at)
	p.require(tokenDo)
	body := p.forBody(append([]string{"(for generator)", "(for state)", "(for control)"}, names...)...)
	loop = &ast.GenericForStmt{Names: names, Exprs: expressions, Stmts: body}
	p.at(loop, line)
	return before, loop
}

// generator makes three expressions of those behind in, as the compiler wants them: it leaves out what is missing, but for one call. before, if
// not nil, must run first.
func (p *parser) generator(list []ast.Expr, line int) (expressions []ast.Expr, before ast.Stmt) {
	many := isMany(list[len(list)-1])
	switch {
	case many && len(list) == 1:
		return list, nil
	case !many && len(list) <= 3:
		for len(list) < 3 {
			list = append(list, p.atExpr(&ast.NilExpr{}, line))
		}
		return list, nil
	}
	names := []string{"(generator)", "(state)", "(control)"}
	for _, name := range names {
		expressions = append(expressions, p.atExpr(&ast.IdentExpr{Value: name}, line))
	}
	return expressions, p.at(&ast.LocalAssignStmt{Names: names, Exprs: list}, line)
}

// isMany tells of an expression that may have several values, or none.
func isMany(node ast.Expr) bool {
	switch node := node.(type) {
	case *ast.FuncCallExpr:
		return !node.AdjustRet
	case *ast.Comma3Expr:
		return !node.AdjustRet
	}
	return false
}

func (p *parser) functionStatement(line int) ast.Stmt {
	p.lexer.next()
	target := p.variable(p.name())
	method := false
	for p.lexer.token == '.' || p.lexer.token == ':' {
		method = p.lexer.token == ':'
		p.lexer.next()
		at := p.lexer.line
		target = p.field(target, p.name(), at)
		if method {
			break
		}
	}
	body := p.body(method, line)
	return p.assigned([]expression{target}, []ast.Expr{body}, line)
}

func (p *parser) localFunction(line int) ast.Stmt {
	p.checkLocals(1)
	name := p.name()
	p.declare(name)
	body := p.body(false, p.lexer.line)
	return p.at(&ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{body}}, line)
}

func (p *parser) localStatement(line int) ast.Stmt {
	var names []string
	for {
		p.checkLocals(len(names) + 1)
		names = append(names, p.name())
		if !p.accept(',') {
			break
		}
	}
	list := []ast.Expr{}
	if p.accept('=') {
		list = p.expressions()
	}
	if len(list) == 1 {
		if _, ok := list[0].(*ast.FunctionExpr); ok { // with one the compiler takes it for local function, which knows its own name
			list = append(list, p.atExpr(&ast.NilExpr{}, line))
		}
	}
	p.declare(names...)
	return p.at(&ast.LocalAssignStmt{Names: names, Exprs: list}, line)
}

func (p *parser) returnStatement(line int) ast.Stmt {
	p.lexer.next()
	statement := &ast.ReturnStmt{}
	if !p.blockEnds() && p.lexer.token != ';' {
		statement.Exprs = p.returned(p.expressions())
	}
	return p.at(statement, line)
}

// returned marks a tail call. In a chunk that knows yield there are none, since the machine can't go on behind a tail call of it.
func (p *parser) returned(values []ast.Expr) []ast.Expr {
	call, ok := values[0].(*ast.FuncCallExpr)
	if len(values) > 1 || !ok || call.AdjustRet {
		return values
	}
	if p.yields {
		pass := p.hidden(hiddenPass, call.Line(), call)
		pass.AdjustRet = false
		return []ast.Expr{pass}
	}
	p.origin.sites[^call.Line()].tail = true
	return values
}

func (p *parser) expressionStatement(line int) ast.Stmt {
	first := p.primary()
	if first.shape == shapeCall {
		p.unheeded(first.node)
		return p.at(&ast.FuncCallStmt{Expr: first.node}, line)
	}
	targets := []expression{first}
	for {
		if target := targets[len(targets)-1]; target.shape != shapeName && target.shape != shapeIndexed {
			p.syntax("syntax error")
		}
		if !p.accept(',') {
			break
		}
		p.limit(p.function, len(targets)+1, maxLevels-p.levels, "variables in assignment")
		targets = append(targets, p.primary())
	}
	p.require('=')
	return p.assigned(targets, p.expressions(), line)
}

// assigned is an assignment. With several targets the compiler writes values into variables while others are still to be read, and mixes up
// registers; to a local variable it doesn't assign what and or or leaves on the left. Then the values go through locals.
func (p *parser) assigned(targets []expression, values []ast.Expr, line int) ast.Stmt {
	logical := false
	if len(values) == 1 {
		_, logical = values[0].(*ast.LogicalOpExpr)
	}
	if len(targets) == 1 && len(values) == 1 && !(logical && targets[0].name.kind == kindLocal) {
		statement := &ast.AssignStmt{Rhs: values}
		for _, target := range targets {
			statement.Lhs = append(statement.Lhs, target.node)
		}
		if len(targets) == 1 && len(values) == 1 {
			if call, ok := values[0].(*ast.FuncCallExpr); ok { // cut to one value the compiler would put the function where the variable is
				call.AdjustRet = false
			}
		}
		return p.at(statement, line)
	}
	block := &ast.DoBlockStmt{}
	for i := range targets {
		if get, ok := targets[i].node.(*ast.AttrGetExpr); ok {
			get.Object = p.kept(block, get.Object, fmt.Sprintf("(object %d)", i), line)
			get.Key = p.kept(block, get.Key, fmt.Sprintf("(key %d)", i), line)
		}
	}
	var names []string
	for i := range targets {
		names = append(names, fmt.Sprintf("(value %d)", i))
	}
	block.Stmts = append(block.Stmts, p.at(&ast.LocalAssignStmt{Names: names, Exprs: values}, line))
	for i, target := range slices.Backward(targets) {
		value := p.atExpr(&ast.IdentExpr{Value: names[i]}, line)
		block.Stmts = append(block.Stmts, p.at(&ast.AssignStmt{Lhs: []ast.Expr{target.node}, Rhs: []ast.Expr{value}}, line))
	}
	return p.ended(block, line)
}

// kept is a local that holds node's value in the block, or node where that is constant.
func (p *parser) kept(block *ast.DoBlockStmt, node ast.Expr, name string, line int) ast.Expr {
	if _, constant := node.(ast.ConstExpr); constant {
		return node
	}
	block.Stmts = append(block.Stmts, p.at(&ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{node}}, line))
	return p.atExpr(&ast.IdentExpr{Value: name}, line)
}
