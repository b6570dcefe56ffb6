#!/bin/sh
# Compiles blocking.c into the working directory and runs it. usage: blocking.sh PORT [TIMES]
set -e
cc -std=c11 -Wall -Wextra -O1 -o blocking "$(dirname "$0")/blocking.c" -lhiredis
exec ./blocking "$@"
