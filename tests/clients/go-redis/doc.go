// Package goredis tests programs on go-redis v9, in RESP2 and in RESP3. It holds tests alone.
//
// Begin reading at programs_test.go.
package goredis
