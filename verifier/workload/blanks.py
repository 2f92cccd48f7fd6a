"""White space as the programs written in Go know it, which is other than Python's."""

from __future__ import annotations

# unicode.IsSpace without tab, line feed and blank: https://pkg.go.dev/unicode#IsSpace
ODD_BLANKS = "\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
BLANKS = "\t\n " + ODD_BLANKS
