"""What Kubernetes, BuildKit and Compose read out of mutated files, and what the gate reads.

``python -m tests.interop.manifests [SEED [FILES]]`` (needs Go). Wherever the gate finds nothing wrong with a
file, it must name every image that they do.
"""

from __future__ import annotations

import base64
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.interop.servers import ROOT, TOOLS
from tests.workload import found_in, readers
from verifier.workload.interface import Found
from verifier.workload.names import form_of
from verifier.workload.source import Source

BUILD = ROOT / "testdata" / "manifests" / "build"
HUB = "docker.io/library/"

# What unicode.IsSpace knows, and two characters that it does not, though Python does.
BLANKS = (
    "\t",
    "\v",
    "\f",
    "\r",
    " ",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u2029",
    "\u202f",
    "\u3000",
    "\x1c",
    "\x1f",
)

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a, labels: &l {x: y}}
spec:
  initContainers: &c
    - name: i
      image: &i init:1
  containers:
    - name: a
      image: nginx:1.2   # c
    - <<: *l
      image: 'quoted:1'
    - {name: b, image: "double:1", args: ["x: y", 'it''s']}
    - &m
      image: >-
        folded:1
      command: [sh, -c]
      args:
        - |
          image: no
          ---
    - <<: *m
    - image: *i
  ephemeralContainers: *c
"""
HIDDEN = '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"evil:5"}]}}'  # one word to YAML
# Text up to its end, where another document may begin to one program and not to another.
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
POD_PIECES = (
    *("\n", "---\n", "--- ", "---#\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n", "&a ", "*a", "*i", "<<: *m\n"),
    *(
        "!!str ",
        "!x ",
        "!!binary ",
        "!!null ",
        "? ",
        ": ",
        ":",
        ", ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "#",
        " #",
    ),
    *("|", "|2\n", ">-\n", "\t", " ", "  ", "\r\n", "\r", "\u2028", "\x85", "\ufeff", "\\x69mage", "image"),
    *("image: evil:1\n", "      image: evil:2\n", "kind: List\nitems:\n- ", "kind: ConfigMap\n", "- ", "~"),
    *("null", "0x1", "1.0", "yes", "\\", "\\\n", '"im\\x61ge": evil:3\n', "\xa0", "\u200b", "=", "<<", "@"),
    *(f"---{before}{blank}\n{HIDDEN}\n" for before in ("", " ", "\t") for blank in BLANKS),
    *(f"---{blank}\n" for blank in BLANKS),
    *(f"--- {blank}# c\n" for blank in BLANKS),
    *(f"{blank}{HIDDEN}\n" for blank in BLANKS),
    *BLANKS,
    *("x: &x [*x]\n", "/", "`", "\x7f", "\x01", "spec: {containers: [{image: evil:4}]}\n"),
)
# In front of all else, where directives are.
DOCKERFILE_HEADS = (
    "",
    "",
    "#!/bin/x\n",
    "# syntax=x/y:1\n",
    "#!/bin/x\n# escape=`\n# syntax=x/y:1\n",
    "// syntax=x/y:1\n",
)
DOCKERFILES = (
    *((BUILD / name).read_text() for name in ("Dockerfile", "windows.Dockerfile", "Containerfile")),
    "FROM a:1 AS x\nCOPY --from=b:1 / /\nRUN --mount=from=c:1,target=/x <<EOF\necho\nEOF\nFROM x\nFROM d:1\n",
    "ARG V=1\nARG W=${V}2\nFROM a:$W\nRUN a && \\\n  b\nCOPY <<A <<B /\nFROM e\nA\nB\n",
)
DOCKERFILE_PIECES = (
    *("\n", "\\\n", "`\n", "# c\n", "# escape=`\n", "# syntax=x/y:1\n", "#syntax=z\n", "#!sh\n", "<<EOF"),
    *(
        "// syntax=evil/z:1\n",
        '{"syntax": "evil/j:1"}\n',
        "EOF\n",
        "<<-EOF",
        " <<'E F' ",
        '"',
        "'",
        "\\",
        "#",
    ),
    *("FROM evil:1\n", "from evil:2\n", "  FROM evil:3\n", "\tCOPY --from=evil:4 / /\n", "RUN ", "COPY "),
    *(
        "--from=evil:5 ",
        "--mount=from=evil:6 ",
        "--mount=type=bind,source=/,from=evil:7 ",
        ",From=evil:9",
        "--link ",
        "$V",
    ),
    *(
        "${V}",
        "${V:-q}",
        "ARG V=3\n",
        " AS y",
        "\r",
        "\r\n",
        " ",
        "\t",
        "\xa0",
        "\ufeff",
        "\v",
        "\f",
        "\u2028",
    ),
    *("\x85", "RUN <<EOF cat\n", "RUN cat <<EOF && x\n", 'CMD ["<<EOF"]\n', "--platform=linux/arm64 ", "<<<"),
    *("ADD --from=evil:8 / /\n", "3<<EOF", "echo <<EOF<<EOF2\n"),
    *(f"#{blank}syntax=evil/z:2\n" for blank in BLANKS),
    *(f"# syntax{blank}={blank}evil/z:3{blank}x\n" for blank in BLANKS),
    *(f"FROM{blank}evil:10\n" for blank in BLANKS),
    *BLANKS,
)
COMPOSE = """\
x-d: &d {restart: always, image: "anchored:1"}
include:
  - inner/compose.yaml
services:
  a:
    <<: *d
    image: a:${T:-1}
  b: {<<: *d, profiles: [x]}
  c: {extends: {file: common.yaml, service: more}}
  d: {extends: c, image: "own:$V"}
  e: {extends: {service: a}}
  f: {build: ., image: 'f:${E-x}${E:-y}${E+z}'}
  g: {image: "g:${N:-${T:-n}}", platform: linux/amd64}
  h: {image: "h:${GIVEN}"}
  i:
    image: "i:1"
    build: &b
      dockerfile: docker/web
      args: {A: "a:${T:-1}", B: , C: 3.12}
      target: two
      additional_contexts: {other: "docker-image://context:1", "copied:1": ./x}
  j:
    build:
      dockerfile_inline: "ARG A=x:1\\nFROM $$A AS one\\nFROM ${E:-y}:2\\nCOPY --from=z:1 / /"
      args: [A=k:1, T]
  k: {extends: i, build: {args: [B=b:2], target: one}}
  l: {build: {<<: *b, context: inner/../docker, dockerfile: web}}
"""
COMPOSE_PIECES = (
    *(
        "${T}",
        "$T",
        "${T:-q}",
        "${Z:-q}",
        "${Z-q}",
        "${Z:+q}",
        "${T:+q}",
        "${E:?m}",
        "${E?m}",
        "$$",
        "${",
        "}",
    ),
    *(
        "$",
        "${T:-${Z:-r}}",
        "${W}",
        "${X}",
        "image: evil:1\n",
        "    image: evil:2\n",
        "  z: {image: evil:3}\n",
    ),
    *(
        "extends: c",
        "extends: {file: common.yaml, service: base}",
        "<<: *d",
        "profiles: [y]\n",
        "services:\n",
    ),
    *(
        "extends: {file: common.yaml, service: built}",
        "!reset ",
        "!override ",
        "&q ",
        "*d",
        "null",
        "\n",
        "  ",
    ),
    *("#", " ", "'", '"', "{", "[", "]", ",", ":", "---\n", "build: .", "T=z\n", "1.0", "~", "${T/x}", "\\"),
    *("include: [common.yaml]\n", "${T:-a:b}", "${U:-nou}"),
    *(
        "    build: docker\n",
        "build: {context: ./docker, dockerfile: web}",
        "dockerfile_inline: FROM evil:4\n",
    ),
    *(
        "docker-image://evil:5",
        "target: one\n",
        "target: three\n",
        "BUILDKIT_SYNTAX: evil/s:1\n",
        "A=evil:6",
        "- ",
    ),
    *(
        "context: ..\n",
        "one: ./x\n",
        "two: docker-image://evil:7\n",
        "extends: i",
        "A: evil:8\n",
        "args: [T]\n",
    ),
)
ENV = "T=t1\nV='v'\nE=\nexport W=\"w$T\"\n# c\nX=x # c\n"
ENV_PIECES = (
    *(
        "T=2\n",
        'V="a b"\n',
        "T: y\n",
        "A=${T}\n",
        "T='$x'\n",
        'T="\\$x"\n',
        "T=a#b\n",
        "T=a #b\n",
        "=\n",
        "T\n",
    ),
    *("T='a\\'b'\n", "T='a\\'\n", "V=' # '\n", '"\\a"', "\\", "'\\n'"),
    *(f"T=2{blank}# c\n" for blank in BLANKS),
    *(f"T={blank}2{blank}\n" for blank in BLANKS),
    *(f"{blank}T=3\n" for blank in BLANKS),
    *(f"T{blank}=4\n" for blank in BLANKS),
    *(f"export{blank}T=5\n" for blank in BLANKS),
    *(f"T='6'{blank}# c\n" for blank in BLANKS),
    *BLANKS,
    *("'", '"', "\n", "#", "export ", "$GIVEN", "${GIVEN:-1}", "GIVEN=no\n", " ", "T=\n", "V=$$x\n"),
)
BESIDE = {
    "common.yaml": "services:\n"
    "  base: {image: 'common:${T:-c}'}\n  more: {extends: base}\n  built: {build: .}\n",
    "inner/compose.yaml": "services:\n  inner: {image: 'inner:${T:-i}'}\n",
    "inner/.env": "T=innerenv\nU=u\n",
    "Dockerfile": "FROM plain:1\n",
    "docker/web": "# syntax=docker/dockerfile:1\nARG A=a\nARG B=b:1\nARG C=1\n"
    "FROM $A AS one\nCOPY --from=copied:1 / /\n"
    "FROM other AS two\nCOPY --from=one / /\nRUN --mount=from=mounted:1,target=/ x\n"
    "FROM $B AS three\nFROM python:$C\n",
}


@dataclass(frozen=True, slots=True)
class Mutator:
    """Puts pieces into texts, takes some away, and moves others."""

    chance: random.Random

    def __call__(self, text: str, pieces: Sequence[str]) -> str:
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            at = self._place(text)
            end = min(len(text), at + self.chance.randint(1, 6))
            match self.chance.randrange(5):
                case 0 | 1:
                    text = text[:at] + self.chance.choice(pieces) + text[at:]
                case 2:
                    text = text[:at] + text[end:]
                case 3:
                    text = text[:at] + self.chance.choice(pieces) + text[end:]
                case _:
                    start = self._place(text)
                    text = text[:at] + text[start : start + self.chance.randint(1, 100)] + text[at:]
        return text

    def _place(self, text: str) -> int:
        starts = [0, *(match.end() for match in re.finditer("\n", text))]
        return self.chance.choice((self.chance.choice(starts), self.chance.randrange(len(text) + 1)))


def placed(text: str, pieces: Sequence[str]) -> Iterator[str]:
    """Each piece at the beginning, and at the end, of each line."""
    for match in re.finditer("^|$", text, re.MULTILINE):
        for piece in pieces:
            yield text[: match.start()] + piece + text[match.start() :]


@dataclass(slots=True)
class Comparison:
    """How many files were the same to both, and which were not."""

    name: str
    files: int = 0
    accepted: int = 0
    missed: int = 0

    def add(
        self, text: str, found: Found, theirs: dict[str, list[str]], *, whole: bool, counted: bool = True
    ) -> None:
        """Compare one file; ``whole``: what they read in part counts too; ``counted``: each as often."""
        self.files += 1
        if found.problems or (theirs["failed"] and not whole):
            return
        self.accepted += 1
        ours = Counter(image.reference.removeprefix(HUB) for image in found.images)
        missing = Counter(name.removeprefix(HUB) for name in theirs["images"]) - ours
        # One document may be read twice there: as JSON and as YAML.
        if any(name not in ours for name in missing) or (missing and counted and not whole):
            self.missed += 1
            print(f"MISSED by {self.name}: {sorted(missing)}\n{text!r}\n")

    def report(self) -> bool:
        """Print the outcome; whether nothing was missed and something was compared."""
        print(f"{self.name}: {self.files} files, {self.accepted} read by both, {self.missed} missed an image")
        return self.accepted > 0 and self.missed == 0


def build() -> Path:
    """The program that reads as they do, built the first time."""
    path = TOOLS / "go_readers"
    if not path.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "build", "-o", str(path), "."], check=True, cwd=ROOT / "tests" / "go_readers")
    return path


def read_there(
    program: Path, mode: Sequence[str], files: Sequence[Sequence[str]]
) -> list[dict[str, list[str]]]:
    """What they name in each of the files."""
    lines = [" ".join(base64.b64encode(part.encode()).decode() for part in parts) for parts in files]
    done = subprocess.run(
        [str(program), *mode],
        check=True,
        capture_output=True,
        input="".join(f"{line}\n" for line in lines).encode(),
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts(program: Path, name: str, made: Sequence[str], file: str, *, whole: bool) -> bool:
    """Compare files that stand for themselves."""
    comparison = Comparison(name)
    answers = read_there(program, [name], [(text,) for text in made])
    for text, theirs in zip(made, answers, strict=True):
        # As one that was come across, where less is a problem.
        found = readers().read(Source.of(file, text), form_of(file), given=False)
        comparison.add(text, found, theirs, whole=whole)
    return comparison.report()


def composed(program: Path, made: Sequence[tuple[str, str]]) -> bool:
    """Compare Compose files, with files beside them."""
    comparison = Comparison("compose")
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in BESIDE.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        answers = read_there(program, ["compose", name], made)
        for (text, env), theirs in zip(made, answers, strict=True):
            (folder / "compose.yaml").write_text(text)
            (folder / ".env").write_text(env)
            found = found_in(folder / "compose.yaml", readers(folder, variables={"GIVEN": "given"}))
            # A Dockerfile that several services are built from is one place.
            comparison.add(f"{text}\n{env}", found, theirs, whole=False, counted=False)
    return comparison.report()


def main(seed: int, count: int) -> int:
    """Compare; the result is the exit code."""
    chance = random.Random(seed)
    mutate = Mutator(chance)
    program = build()
    containers = [{"image": "j:1"}, {"image": "k:1"}]
    document = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers}}
    pods = (POD, POD, f"{POD}---\n{POD}", json.dumps(document, indent=1))
    headed = [head + text for head in DOCKERFILE_HEADS for text in DOCKERFILES]
    checks: tuple[Callable[[], bool], ...] = (
        lambda: texts(
            program,
            "kubernetes",
            [
                *(text for base in {CONFIG, *pods} for text in placed(base, POD_PIECES)),
                *(mutate(chance.choice(pods), POD_PIECES) for _ in range(count)),
            ],
            "a.yaml",
            whole=True,
        ),
        lambda: texts(
            program,
            "dockerfile",
            [
                *(text for base in (*headed[::5], *DOCKERFILES) for text in placed(base, DOCKERFILE_PIECES)),
                *(mutate(chance.choice(headed), DOCKERFILE_PIECES) for _ in range(count)),
            ],
            "Dockerfile",
            whole=False,
        ),
        lambda: composed(
            program,
            [
                *((COMPOSE, env) for env in placed(ENV, ENV_PIECES)),
                *((text, ENV) for text in placed(COMPOSE, COMPOSE_PIECES)),
                *(
                    (mutate(COMPOSE, COMPOSE_PIECES), chance.choice((ENV, mutate(ENV, ENV_PIECES))))
                    for _ in range(count)
                ),
            ],
        ),
    )
    outcomes = [check() for check in checks]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments + [1, 5000][len(arguments) :])))
