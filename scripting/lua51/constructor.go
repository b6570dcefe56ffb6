package lua51

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// constructor is a table's.
func (p *parser) constructor() expression {
	line := p.lexer.line
	p.lexer.next()
	table := &tableBuilder{parser: p, line: line}
	for p.lexer.token != '}' {
		table.field()
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.closes('}', '{', line)
	return expression{node: table.finish(), depth: p.deeper(table.depth)}
}

// tableBuilder gathers the fields of a constructor. The compiler stores listed values in portions, and does so wrongly where anything
// else follows a full portion.
type tableBuilder struct {
	parser *parser
	line   int
	fields []*ast.Field
	listed int
	keyed  bool // the last field has a key
	depth  int
	holes  bool // a listed value may be nil
}

func (t *tableBuilder) field() {
	p := t.parser
	line := p.lexer.line
	p.instructed()
	var key expression
	switch {
	case p.lexer.token == '[':
		key = p.bracketed()
	case p.lexer.token == tokenName && p.lexer.lookahead() == '=':
		key = expression{node: p.text(p.name(), line)}
	default:
		value := p.expression()
		if t.listed++; t.listed > maxListed {
			p.lexer.fail("function or expression too complex", p.lexer.token)
		}
		t.fields = append(t.fields, &ast.Field{Value: value.node})
		t.holes = t.holes || mayBeNil(value.node)
		t.depth, t.keyed = max(t.depth, value.depth), false
		return
	}
	p.require('=')
	value := p.expression()
	cutToOne(value.node)
	if !t.keyed && t.listed > 0 && t.listed%lua.FieldsPerFlush == 0 {
		t.fields = append(t.fields, &ast.Field{Value: p.atExpr(&ast.NilExpr{}, line)})
		t.listed++
	}
	t.fields = append(t.fields, &ast.Field{Key: key.node, Value: value.node})
	t.depth, t.keyed = max(t.depth, key.depth, value.depth), true
}

// finish is the table, or a call that appends to it the values of a last field that has many.
func (t *tableBuilder) finish() ast.Expr {
	p := t.parser
	table := &ast.TableExpr{Fields: t.fields}
	p.atExpr(table, t.line)
	if len(t.fields) == 0 || t.keyed || !isMany(t.fields[len(t.fields)-1].Value) {
		return t.sized(table, p.number(float64(t.listed), t.line))
	}
	before := t.listed - 1
	if before == 0 || before%lua.FieldsPerFlush != 0 {
		return t.sized(table, p.atExpr(&ast.NilExpr{}, t.line))
	}
	last := t.fields[len(t.fields)-1].Value
	table.Fields = t.fields[:len(t.fields)-1]
	return p.hidden(hiddenAppend, p.plainSite(t.line), table, p.number(float64(before), t.line), last)
}

// sized has the table's size noted where # may depend on it; count is that of the listed values, nil if it isn't known.
func (t *tableBuilder) sized(table, count ast.Expr) ast.Expr {
	_, unknown := count.(*ast.NilExpr)
	if !t.holes || t.listed < 2 && !unknown {
		return table
	}
	return t.parser.hidden(hiddenSized, t.parser.plainSite(t.line), table, count)
}

// mayBeNil tells of expressions that may give nil.
func mayBeNil(node ast.Expr) bool {
	switch node.(type) {
	case *ast.NilExpr, *ast.IdentExpr, *ast.AttrGetExpr, *ast.FuncCallExpr, *ast.Comma3Expr, *ast.LogicalOpExpr:
		return true
	}
	return false
}
