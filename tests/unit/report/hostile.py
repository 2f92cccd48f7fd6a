"""Text that would do something in one format or the other, if it could."""

from __future__ import annotations

HOSTILE = (
    "</script><img src=x onerror=alert(1)>'\"><svg/onload=alert(2)> ]]> <!-- --> &lt; {{7*7}} {0} ${{ x }}"
    " [link](javascript:alert(3)) ![i](https://evil.invalid/i.png) <https://evil.invalid> https://evil.invalid"
    " www.evil.invalid mail@evil.invalid @octocat #1 GH-2 | a | b | `code` ``two`` **bold** ~~gone~~ $x$"
    " \\| \\"
    "\n::error file=x::owned\n::set-output name=a::b\n##[group]x ##vso[task.complete result=Succeeded;]x"
    "\r\n# heading\n- item\n---\n<details>\x1b[2J\x1b]0;t\x07\x00\x7f\x9b\u202eevil\u2066\u200b\ufeff"
    "\ud800\uffff"
    " %0A::warning::x%25"
)
