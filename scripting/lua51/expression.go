package lua51

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// shape is what may be done with an expression besides reading it.
type shape uint8

const (
	shapeValue   shape = iota
	shapeName          // a variable
	shapeIndexed       // a field
	shapeCall
)

// expression is a part of the tree, with what errors call its value.
type expression struct {
	node  ast.Expr
	name  operand
	shape shape
	depth int // of the tree
}

// at gives a statement its line.
func (p *parser) at(node ast.Stmt, line int) ast.Stmt {
	p.place(node, line)
	return node
}

// ended is at for a statement whose last line is the present one.
func (p *parser) ended(node ast.Stmt, line int) ast.Stmt {
	p.place(node, line)
	node.SetLastLine(p.plainSite(p.lexer.last))
	return node
}

// atExpr gives an expression its line.
func (p *parser) atExpr(node ast.Expr, line int) ast.Expr {
	p.place(node, line)
	return node
}

func (p *parser) place(node ast.PositionHolder, line int) {
	s := p.plainSite(line)
	node.SetLine(s)
	node.SetLastLine(s)
}

// plainSite is the number, as the tree has it, of the site without names of a line.
func (p *parser) plainSite(line int) int {
	s, ok := p.plain[line]
	if !ok {
		s = p.site(line, roleLine)
		p.plain[line] = s
	}
	return s
}

// site is the number, as the tree has it, of a new site.
func (p *parser) site(line int, r role, operands ...operand) int {
	p.origin.sites = append(p.origin.sites, site{line: line, role: r, operands: operands})
	return ^(len(p.origin.sites) - 1)
}

// sited gives an expression a site of its own.
func (p *parser) sited(node ast.Expr, line int, r role, operands ...operand) ast.Expr {
	s := p.site(line, r, operands...)
	node.SetLine(s)
	node.SetLastLine(s)
	return node
}

// deeper is the depth above trees of the depths.
func (p *parser) deeper(depths ...int) int {
	depth := 0
	for _, d := range depths {
		depth = max(depth, d+1)
	}
	if depth > maxDepth {
		p.lexer.fail("chunk has too many syntax levels", 0)
	}
	return depth
}

// single is an expression whose name doesn't matter.
func (p *parser) single() ast.Expr { return p.expression().node }

// expressions is a list with commas between.
func (p *parser) expressions() []ast.Expr {
	list := []ast.Expr{p.single()}
	for p.accept(',') {
		list = append(list, p.single())
	}
	return list
}

func (p *parser) expression() expression { return p.operation(0) }

// binding is how strongly an operator binds what stands left and right of it.
type binding struct{ left, right int }

const unaryBinding = 8

var bindings = map[token]binding{
	'+': {6, 6}, '-': {6, 6}, '*': {7, 7}, '/': {7, 7}, '%': {7, 7}, '^': {10, 9}, tokenConcat: {5, 4},
	tokenNotEqual: {3, 3}, tokenEqual: {3, 3}, '<': {3, 3}, '>': {3, 3}, tokenLessEqual: {3, 3}, tokenGreaterEqual: {3, 3},
	tokenAnd: {2, 2}, tokenOr: {1, 1},
}

// operation reads operators that bind more strongly than the limit.
func (p *parser) operation(limit int) expression {
	p.enter()
	defer p.leave()
	var left expression
	switch operator := p.lexer.token; operator {
	case tokenNot, '-', '#':
		p.lexer.next()
		left = p.unary(operator, p.operation(unaryBinding))
	default:
		left = p.simple()
	}
	for {
		operator := p.lexer.token
		bound, ok := bindings[operator]
		if !ok || bound.left <= limit {
			return left
		}
		p.lexer.next()
		left = p.binary(operator, left, p.operation(bound.right))
	}
}

func (p *parser) unary(operator token, operand expression) expression {
	line, depth := p.lexer.last, p.deeper(operand.depth)
	switch operator {
	case tokenNot:
		if truth, constant := constantTruth(operand.node); constant && truth {
			return expression{node: p.atExpr(&ast.FalseExpr{}, line), depth: depth}
		} else if constant {
			return expression{node: p.atExpr(&ast.TrueExpr{}, line), depth: depth}
		}
		return expression{node: p.atExpr(&ast.UnaryNotOpExpr{Expr: operand.node}, line), depth: depth}
	case '-':
		return expression{node: p.sited(&ast.UnaryMinusOpExpr{Expr: operand.node}, line, roleArith, operand.name), depth: depth}
	}
	return expression{node: p.hidden(hiddenLength, p.site(line, roleMany, operand.name), operand.node), depth: depth}
}

func (p *parser) binary(operator token, left, right expression) expression {
	line, depth := p.lexer.last, p.deeper(left.depth, right.depth)
	p.labelled(1)
	var node ast.Expr
	switch operator {
	case tokenConcat:
		return p.concatenation(left, right, line, depth)
	case tokenAnd, tokenOr:
		p.labelled(4)
		if truth, constant := constantTruth(left.node); constant {
			if truth != (operator == tokenAnd) {
				return expression{node: left.node, depth: depth}
			}
			cutToOne(right.node)
			return expression{node: right.node, name: right.name, depth: depth}
		}
		node = p.atExpr(&ast.LogicalOpExpr{Operator: operator.text(), Lhs: left.node, Rhs: right.node}, line)
	case '+', '-', '*', '/':
		node = &ast.ArithmeticOpExpr{Operator: operator.text(), Lhs: left.node, Rhs: right.node}
		p.sited(node, line, roleArith, left.name, right.name)
	case '%':
		node = p.hidden(hiddenModulo, p.site(line, roleArith, left.name, right.name), left.node, right.node)
	case '^':
		node = p.hidden(hiddenPower, p.site(line, roleArith, left.name, right.name), left.node, right.node)
	default:
		node = p.atExpr(&ast.RelationalOpExpr{Operator: operator.text(), Lhs: left.node, Rhs: right.node}, line)
	}
	return expression{node: node, depth: depth}
}

// branch is a condition. The machine's compiler takes a jump back to a jump for one to elsewhere, so that no loop may begin with a jump: of false it
// would make one. In and, or and not there are no constants any more that could.
func (p *parser) branch() ast.Expr {
	node := p.single()
	if truth, constant := constantTruth(node); !constant || truth {
		return node
	}
	line := p.lexer.last
	never := &ast.RelationalOpExpr{Operator: "==", Lhs: p.atExpr(&ast.NilExpr{}, line), Rhs: p.number(0, line)}
	return p.atExpr(never, line)
}

// constantTruth is what a constant is as a condition.
func constantTruth(node ast.Expr) (truth, constant bool) {
	switch node.(type) {
	case *ast.NilExpr, *ast.FalseExpr:
		return false, true
	case ast.ConstExpr:
		return true, true
	}
	return false, false
}

// manyOperands is how many operands one call for .. takes at most; the machine has 200 registers.
const manyOperands = 60

// concatenation is one call for a .. b .. c, since Lua makes one string of all operands.
func (p *parser) concatenation(left, right expression, line, depth int) expression {
	args, names := []ast.Expr{left.node, right.node}, []operand{left.name, right.name}
	if call, ok := right.node.(*ast.FuncCallExpr); ok && p.isHidden(call, hiddenConcat) && right.shape == shapeConcat && len(call.Args) < manyOperands {
		inner := &p.origin.sites[^call.Line()]
		args = append([]ast.Expr{left.node}, call.Args...)
		names = append([]operand{left.name}, inner.operands...)
	}
	return expression{node: p.hidden(hiddenConcat, p.site(line, roleMany, names...), args...), shape: shapeConcat, depth: depth}
}

// shapeConcat is .. without parentheses around it.
const shapeConcat shape = 100

// bound is a bound of for, which the machine wants to be a number.
func (p *parser) bound(e expression, what string) ast.Expr {
	if _, literal := e.node.(*ast.NumberExpr); literal {
		return e.node
	}
	line := p.lexer.last
	return p.hidden(hiddenBound, p.plainSite(line), e.node, p.text(what, line))
}

// text is a constant string.
func (p *parser) text(s string, line int) ast.Expr {
	p.constant(s)
	p.yields = p.yields || s == "yield"
	p.collided = p.collided || len(s) >= len(p.marker) && s[:len(p.marker)] == p.marker
	return p.atExpr(&ast.StringExpr{Value: s}, line)
}

// number is a constant number, in a form that the compiler reads back exactly.
func (p *parser) number(v float64, line int) ast.Expr {
	p.constant(v)
	return p.atExpr(&ast.NumberExpr{Value: strconv.FormatFloat(v, 'e', -1, 64)}, line)
}

// simple is an expression without operators.
func (p *parser) simple() expression {
	line := p.lexer.line
	var node ast.Expr
	switch p.lexer.token {
	case tokenNumber:
		node = p.number(p.lexer.value, line)
	case tokenString:
		node = p.text(p.lexer.text, line)
	case tokenNil:
		node = p.atExpr(&ast.NilExpr{}, line)
	case tokenTrue:
		node = p.atExpr(&ast.TrueExpr{}, line)
	case tokenFalse:
		node = p.atExpr(&ast.FalseExpr{}, line)
	case tokenDots:
		if !p.function.vararg {
			p.syntax("cannot use '...' outside a vararg function")
		}
		node = p.atExpr(&ast.Comma3Expr{}, line)
	case '{':
		return p.constructor()
	case tokenFunction:
		p.lexer.next()
		return expression{node: p.body(false, line)}
	default:
		return p.primary()
	}
	p.lexer.next()
	return expression{node: node}
}

// variable is a name as an expression.
func (p *parser) variable(name string) expression {
	kind := p.resolve(name)
	if kind == kindGlobal {
		p.constant(name)
	}
	node := p.atExpr(&ast.IdentExpr{Value: name}, p.lexer.last)
	return expression{node: node, name: operand{kind, name}, shape: shapeName}
}

// field is object.name.
func (p *parser) field(object expression, name string, line int) expression {
	return p.indexed(object, expression{node: p.text(name, line)}, line)
}

func (p *parser) indexed(object, key expression, line int) expression {
	name := "?"
	if literal, ok := key.node.(*ast.StringExpr); ok {
		name = literal.Value
	}
	node := p.sited(&ast.AttrGetExpr{Object: object.node, Key: key.node}, line, roleIndex, object.name)
	return expression{node: node, name: operand{kindField, cut(name)}, shape: shapeIndexed, depth: p.deeper(object.depth, key.depth)}
}

// prefix is what an indexed or called expression begins with.
func (p *parser) prefix() expression {
	switch p.lexer.token {
	case tokenName:
		return p.variable(p.name())
	case '(':
		line := p.lexer.line
		p.lexer.next()
		inner := p.expression()
		p.closes(')', '(', line)
		cutToOne(inner.node)
		inner.shape = shapeValue
		return inner
	}
	p.syntax("unexpected symbol")
	return expression{}
}

// cutToOne makes one value of an expression that may have several.
func cutToOne(node ast.Expr) {
	switch node := node.(type) {
	case *ast.FuncCallExpr:
		node.AdjustRet = true
	case *ast.Comma3Expr:
		node.AdjustRet = true
	}
}

// primary is a prefix with fields and calls behind it.
func (p *parser) primary() expression {
	e := p.prefix()
	for {
		switch line := p.lexer.line; p.lexer.token {
		case '.':
			p.lexer.next()
			e = p.field(e, p.name(), p.lexer.last)
		case '[':
			e = p.indexed(e, p.bracketed(), line)
		case ':':
			p.lexer.next()
			method := p.name()
			p.constant(method)
			at, args, depth := p.arguments()
			names := []operand{{kindMethod, method}, e.name}
			node := p.sited(&ast.FuncCallExpr{Receiver: e.node, Method: method, Args: args}, at, roleCall, names...)
			e = expression{node: node, shape: shapeCall, depth: p.deeper(e.depth, depth)}
		case '(', tokenString, '{':
			at, args, depth := p.arguments()
			node := p.sited(&ast.FuncCallExpr{Func: p.callee(e), Args: args}, at, roleCall, e.name)
			e = expression{node: node, shape: shapeCall, depth: p.deeper(e.depth, depth)}
		default:
			return e
		}
	}
}

// bracketed is [key].
func (p *parser) bracketed() expression {
	p.lexer.next()
	key := p.expression()
	p.require(']')
	return key
}

// arguments are those of a call, and the line that errors give it.
func (p *parser) arguments() (line int, args []ast.Expr, depth int) {
	line = p.lexer.line
	switch p.lexer.token {
	case '(':
		if line != p.lexer.last {
			p.syntax("ambiguous syntax (function call x new statement)")
		}
		p.lexer.next()
		for p.lexer.token != ')' {
			e := p.expression()
			args, depth = append(args, e.node), max(depth, e.depth)
			if !p.accept(',') {
				break
			}
			if p.lexer.token == ')' {
				p.syntax("unexpected symbol")
			}
		}
		p.closes(')', '(', line)
	case '{':
		e := p.constructor()
		args, depth = []ast.Expr{e.node}, e.depth
	case tokenString:
		args = []ast.Expr{p.text(p.lexer.text, line)}
		p.lexer.next()
	default:
		p.syntax("function arguments expected")
	}
	return line, args, depth
}

// body is a function from its parameters on.
func (p *parser) body(method bool, line int) ast.Expr {
	p.functionIn()
	p.openFunction(line, false)
	p.require('(')
	var names []string
	if method {
		names = append(names, "self")
	}
	for p.lexer.token != ')' {
		switch p.lexer.token {
		case tokenName:
			p.checkLocals(len(names) + 1)
			names = append(names, p.name())
		case tokenDots:
			p.lexer.next()
			p.function.vararg = true
		default:
			p.syntax("<name> or '...' expected")
		}
		if p.function.vararg || !p.accept(',') {
			break
		}
		if p.lexer.token == ')' {
			p.syntax("<name> or '...' expected")
		}
	}
	p.declare(names...)
	if p.function.vararg {
		p.declare("arg") // as Lua 5.0 had it
	}
	p.require(')')
	node := &ast.FunctionExpr{ParList: &ast.ParList{HasVargs: p.function.vararg, Names: names}}
	node.Stmts = p.chunk()
	node.SetLine(p.plainSite(line))
	node.SetLastLine(p.plainSite(p.lexer.line))
	p.closes(tokenEnd, tokenFunction, line)
	p.closeFunction()
	return node
}
