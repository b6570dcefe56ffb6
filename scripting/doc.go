// Package scripting runs Lua scripts and libraries of functions as Redis 7.0.15 does: EVAL and its kin, FUNCTION and FCALL.
//
//	scripting          Engine: scripts by SHA-1, libraries of functions, running them; redis.*; values of Lua to replies and back
//	scripting/lua51    gopher-lua made to be Redis's Lua 5.1: numbers to text and back, the sandbox, budgets, compiling
//	scripting/number   text of numbers as C's printf and strtod have it
//	scripting/cjson, cmsgpack, structs, bitop   the libraries that Redis gives to scripts
//
// # Who runs what
//
// A Machine is a Lua state with the libraries and redis.* in it; its Run takes a Lua function, keys and arguments, and replies. Scripts is EVAL's
// machine with the cache of scripts. Libraries of functions have a Machine of their own, made with NewMachine, load their code into
// Machine.State, and run their functions by Machine.Run with Globals unset. What a flag forbids beforehand is judged by the server, which makes
// the Host: prepare in server/script.go, for scripts and functions alike.
//
// # Promise
//
// It knows no network, client, disk or clock: what a script does to the world goes through Host, which package server implements for the time
// of one run. One run goes on at a time, in the exclusive section; nothing here has a lock. What a script may not have (an endless loop, deep
// recursion, a string of gigabytes) ends in an error of the script, never of the process.
//
// # Costs
//
// A script is compiled once and kept by its SHA-1 until SCRIPT FLUSH. Each instruction of Lua costs a look at a counter, which every few
// thousand instructions asks Host.Interrupted.
package scripting
