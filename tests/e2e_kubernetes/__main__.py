"""The webhook, its manifests and the fleet audit, against a real API server."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e_kubernetes import checks, rendering
from tests.e2e_kubernetes.capture import capture
from tests.e2e_kubernetes.control_plane import ControlPlane
from tests.e2e_kubernetes.sameness import differences
from tests.e2e_kubernetes.tools import MissingError, helm, tools, version
from tests.e2e_kubernetes.webhook import Webhook
from tests.registry_server import RegistryServer
from tests.webhook_server import REPOSITORY, signed_and_unsigned


def main() -> int:
    """Run everything; the number of failures."""
    parser = argparse.ArgumentParser(prog="tests.e2e_kubernetes", description=__doc__)
    parser.add_argument(
        "--capture", type=Path, metavar="FOLDER", help="also write the reviews that were sent"
    )
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as name, _ready(Path(name)) as ready:
            return _run(ready, Path(name), options.capture)
    except MissingError as error:
        print(f"{error}: nothing was checked")
        return 2


@contextmanager
def _ready(folder: Path) -> Iterator[checks.Checks]:
    found = tools()
    helm()
    etcd = subprocess.run([found.etcd, "--version"], check=True, capture_output=True, text=True).stdout
    print(f"Kubernetes {version()}, {etcd.splitlines()[0]}")
    images = signed_and_unsigned()
    (folder / "webhook").mkdir()
    with RegistryServer(images.contents, REPOSITORY) as registry, ControlPlane(found, folder) as plane:
        with Webhook(folder / "webhook", registry, images) as webhook:
            yield checks.Checks(plane, webhook, registry, images)


def _run(c: checks.Checks, folder: Path, captured: Path | None) -> int:
    checks.existing_things(c)
    rendered = {**rendering.kustomized(folder), **rendering.charted()}
    checks.shipped_manifests(c, rendered)
    for one, other in rendering.ALIKE:
        different = differences(rendered[one], rendered[other])
        c.check(f"{one} and {other} deploy the same", not different, "\n     ".join(different))
    checks.register(c)
    with capture(c, captured):
        for step in checks.STEPS:
            print(f"-- {step.__name__.replace('_', ' ')}")
            step(c)
    print(f"{c.passed} passed, {len(c.failed)} failed")
    if c.failed:
        print((folder / "webhook" / "webhook.log").read_text()[-5000:])
    return len(c.failed)


if __name__ == "__main__":
    sys.exit(main())
