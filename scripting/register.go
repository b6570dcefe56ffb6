package scripting

import lua "github.com/yuin/gopher-lua"

// The faults of a call of redis.register_function, in Redis's words.
const (
	errRegisterLate     = "redis.register_function can only be called on FUNCTION LOAD command"
	errRegisterCount    = "wrong number of arguments to redis.register_function"
	errRegisterTable    = "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments)."
	errRegisterFirst    = "first argument to redis.register_function must be a string"
	errRegisterSecond   = "second argument to redis.register_function must be a function"
	errRegisterKey      = "named argument key given to redis.register_function is not a string"
	errRegisterName     = "function_name argument given to redis.register_function must be a string"
	errRegisterText     = "description argument given to redis.register_function must be a string"
	errRegisterCallback = "callback argument given to redis.register_function must be a function"
	errRegisterFlags    = "flags argument to redis.register_function must be a table representing function flags"
	errRegisterFlag     = "unknown flag given"
	errRegisterUnknown  = "unknown argument given to redis.register_function"
	errRegisterNoName   = "redis.register_function must get a function name argument"
	errRegisterNoBody   = "redis.register_function must get a callback argument"
)

// registerFunction is redis.register_function(name, callback), or with a table of named arguments.
func (h *home) registerFunction(L *lua.LState) int {
	if h.loading == nil {
		return raise(L, errRegisterLate)
	}
	f, problem := &Function{}, ""
	switch L.GetTop() {
	case 1:
		problem = f.readNamed(L.Get(1))
	case 2:
		problem = f.readPair(L.Get(1), L.Get(2))
	default:
		problem = errRegisterCount
	}
	if problem != "" {
		return raise(L, problem)
	}
	if err := h.loading.register(f); err != nil {
		return raise(L, err.Error())
	}
	return 0
}

func (f *Function) readPair(name, callback lua.LValue) (problem string) {
	var ok bool
	if f.Name, ok = textOf(name); !ok {
		return errRegisterFirst
	}
	if f.body, ok = callback.(*lua.LFunction); !ok {
		return errRegisterSecond
	}
	return ""
}

// readNamed reads {function_name=..., callback=..., description=..., flags=...}; case doesn't matter in these words.
func (f *Function) readNamed(arguments lua.LValue) (problem string) {
	table, ok := arguments.(*lua.LTable)
	if !ok {
		return errRegisterTable
	}
	named := false
	for key, value := table.Next(lua.LNil); key != lua.LNil; key, value = table.Next(key) {
		word, ok := textOf(key)
		if !ok {
			return errRegisterKey
		}
		switch folded(untilZero(word)) {
		case "function_name":
			if f.Name, named = textOf(value); !named {
				return errRegisterName
			}
		case "description":
			if f.Description, f.Described = textOf(value); !f.Described {
				return errRegisterText
			}
		case "callback":
			if f.body, ok = value.(*lua.LFunction); !ok {
				return errRegisterCallback
			}
		case "flags":
			flags, ok := value.(*lua.LTable)
			if !ok {
				return errRegisterFlags
			}
			if f.Flags, ok = flagsOf(flags); !ok {
				return errRegisterFlag
			}
		default:
			return errRegisterUnknown
		}
	}
	switch {
	case !named:
		return errRegisterNoName
	case f.body == nil:
		return errRegisterNoBody
	}
	return ""
}

// flagsOf reads a table of names of flags, up to its first gap.
func flagsOf(table *lua.LTable) (flags Flags, known bool) {
	for i := 1; ; i++ {
		value := table.RawGetInt(i)
		if value == lua.LNil {
			return flags, true
		}
		name, _ := textOf(value)
		flag, known := FlagByName(folded(untilZero(name)))
		if !known {
			return 0, false
		}
		flags |= flag
	}
}

// textOf is a string, or a number as text.
func textOf(value lua.LValue) (text string, ok bool) {
	word, ok := appendText(nil, value, false)
	return string(word), ok
}
