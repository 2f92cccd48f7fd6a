"""The characters that nobody sees: two names that differ in one of them look alike.

Unicode 16: ``Default_Ignorable_Code_Point`` of DerivedCoreProperties.txt; the general categories Cc, Cf, Cs,
Zl and Zp, and Zs without the space; noncharacters; and a few that are drawn as nothing. Python's unicodedata
has no property of the first kind, so the ranges stand here; a test compares them with the categories it has.
"""

from __future__ import annotations

from typing import Final

_DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Cf that is not in the property: some of it is drawn, as a sign around the digits that follow.
_FORMAT = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
_SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Drawn as nothing: the Braille pattern without dots, a blank hieroglyph and its half, a note without a head,
# a filler of the Khitan script.
_BLANK = "\u2800\U00013441\U00013442\U0001d159\U00016fe4"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)

CONTROLS: Final = "\x00-\x1f\x7f-\x9f"
"""C0, DEL and C1, as part of a set of a regular expression."""

UNSEEN: Final = f"{_DEFAULT_IGNORABLE}{_FORMAT}{_SPACES}{_BLANK}{_NONCHARACTERS}\ud800-\udfff"
"""All others, likewise."""
