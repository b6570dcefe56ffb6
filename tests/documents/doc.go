// Package documents runs what README.md and docs/getting-started.md tell their readers to type.
//
//	```console   lines that begin with "$ " are run by bash, against a server of the block's document; what follows is what they print
//	```sh        builds and starts: run with the sources' own folder left clean, and ports of the test
//	```python    a program, and the same for go and js; a block ```output behind it is what it prints
//	```text      a picture, which is not run
//
// Port 6379 stands for the port of the test's server. A document's blocks share a server, so that what one leaves is there for the next.
package documents
