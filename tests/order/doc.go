// Package order proves that clients see one order of what happens.
package order
