"""What a file's name says that it is: one rule for the search and for the pre-commit hooks.

People give Dockerfiles names of many kinds: Dockerfile.prod, Dockerfile-prod, Dockerfile_dev, Dockerfile2,
DockerfileDev, web.Dockerfile, web-Dockerfile, Dockerfile.txt. So, as to Dependabot, every name with the word
in it may be one, and its text decides.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath


class Form(Enum):
    """What a file's name says that it is."""

    DATA = "YAML or JSON"
    DOCKERFILE = "a Dockerfile"
    LIST = "a list"
    UNKNOWN = "of no known kind"


class Claim(Enum):
    """How surely a name with the word in it is that of a Dockerfile."""

    SURE = "the usual name"
    LIKELY = "a name with the word in it"
    TEMPLATE = "something is made from it"
    OTHER = "an ending of another program"


# In the order in which they are tried.
_NAMES = {
    Form.DATA: r"[^/]*\.(?:ya?ml|json)|Kustomization",
    Form.DOCKERFILE: r"(?![^/]*\.dockerignore$)[^/]*(?:docker|container)file[^/]*",
    Form.LIST: r"(?:[^/]*[._-])?images\.(?:txt|list)",
}
_PATTERNS = {form: re.compile(pattern, re.IGNORECASE) for form, pattern in _NAMES.items()}
_VARIABLES = r"[^/]*\.env"  # Compose reads the one beside its file
HOOK_FILES = rf"(?i)(^|/)({'|'.join((*_NAMES.values(), _VARIABLES))})$"

_SURE = re.compile(r"(?:.*\.)?(?:docker|container)file[0-9]*", re.IGNORECASE | re.DOTALL)
_TEMPLATES = "cue ejs erb gotmpl hbs in inc j2 jinja jinja2 liquid m4 mako mustache template templ tmpl tpl"
# Programs, texts, pictures and data.
_OTHERS = (
    "adoc asciidoc avif awk bash bat c cc cfg cjs clj cmd conf cpp cs css csv cts cxx dart diff "
    "dot el erl ex exs feature fish fs gif go gradle graphql groovy h hcl hpp hs htm html "
    "ico ini ipynb java jpeg jpg js jsonc jsonl jsx kt kts less lock log lua m md mdx mjs ml mm mts nix "
    "patch pdf php pl pm png po pot properties proto ps1 psm1 py pyc pyi pyx r rb rego robot rs rst scala "
    "scss sh snap so sql sum svelte svg swift tf tmlanguage tokens toml ts tsv tsx txt vb vim vue webp "
    "xml xsd yar zig zsh"
)
_BY_ENDING = {
    **dict.fromkeys(_TEMPLATES.split(), Claim.TEMPLATE),
    **dict.fromkeys(_OTHERS.split(), Claim.OTHER),
}


def form_of(name: str) -> Form:
    """What the name of a file says that it is."""
    name = PurePath(name).name
    return next((form for form, pattern in _PATTERNS.items() if pattern.fullmatch(name)), Form.UNKNOWN)


def is_dockerfile_name(name: str) -> bool:
    """Whether the word is in the name, whatever the ending says."""
    return _PATTERNS[Form.DOCKERFILE].fullmatch(PurePath(name).name) is not None


def claim_of(name: str) -> Claim:
    """How surely the name, which has the word in it, is that of a Dockerfile."""
    name = PurePath(name).name
    if _SURE.fullmatch(name):
        return Claim.SURE
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), Claim.LIKELY)
