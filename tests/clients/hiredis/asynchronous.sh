#!/bin/sh
# Compiles asynchronous.c into the working directory and runs it. usage: asynchronous.sh PORT [TIMES]
set -e
cc -std=c11 -Wall -Wextra -O1 -o asynchronous "$(dirname "$0")/asynchronous.c" -lhiredis
exec ./asynchronous "$@"
