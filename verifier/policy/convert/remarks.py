"""What is said of several originals in the same words."""

from __future__ import annotations

from typing import Final

OTHER_ROOT: Final = (
    "it trusts another instance than the public one, and a policy does not say by which trust root it is"
    " judged; for images of that instance write a policy of their own and give --trusted-root"
)
ELSEWHERE: Final = "evidence is looked for beside the image and not there; copy it to the image"
OTHER_HASH: Final = "verify reads signatures over SHA-256 as cosign makes them"
ANNOTATIONS: Final = "annotations of a signature cannot be asked for"
CREDENTIALS: Final = "verify takes credentials from the login of whoever runs it"
NAMESPACED: Final = "it is about one namespace, and here about its images wherever they are used"
UNMATCHED: Final = (
    "Kyverno admits every image that no policy matches; here, what no policy is about fails, unless the"
    " policies say 'unmatched-images: warn'"
)
DOTS: Final = (
    "some versions of Kyverno take a dot for any character, so that a.example is about a-example, too;"
    " here it is a dot"
)
COUNTED: Final = (
    "Kyverno counts entries, so that one signer whom two of them fit counts twice; here signers are distinct"
)
ANYWHERE: Final = (
    "the expression may match anywhere: more may stand before and after, such as https://evil.example/?x="
    " before it. Anchor it, and here leave the (?s:.*) at its ends out"
)
