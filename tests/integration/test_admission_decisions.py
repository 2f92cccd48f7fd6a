"""What is kept is evidence, never a verdict."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.registry_server import RegistryServer
from tests.sigstore_instance import SigstoreInstance
from tests.sigstore_instance.layout import Layout
from tests.webhook_server import POLICY, REPOSITORY
from verifier.limits import ADMISSION_REFUSAL_SECONDS
from verifier.model.finding import Verdict
from verifier.model.platform import Platform
from verifier.model.report import ImageReport
from verifier.policy.cel_process import SHARED
from verifier.settings import Settings
from verifier.webhook.access import Access
from verifier.webhook.basis import Basis, load_basis, load_trust_root
from verifier.webhook.configuration import CacheBounds
from verifier.webhook.decisions import Bounds, Decisions
from verifier.webhook.facts import FactsCache
from verifier.webhook.gathering import Gatherer
from verifier.webhook.metrics import NoCounts

SIGSTORE = SigstoreInstance()
TYPE = "https://example.com/review/v1"


class Bench:
    """Decisions about one repository, with clocks that the test sets."""

    def __init__(self, folder: Path, registry: RegistryServer, rule: str, images: str = "**") -> None:
        self.registry = registry
        self.time = SIGSTORE.now + timedelta(minutes=1)
        self.seconds = 1000.0
        (folder / "root.json").write_bytes(SIGSTORE.trusted_root())
        policy = POLICY.format(name="app", address=registry.address).replace("/**", f"/{images}")
        (folder / "policy.yaml").write_text(policy + rule)
        settings = Settings(
            at=datetime.now(UTC),
            policies=(str(folder / "policy.yaml"),),
            trusted_root=folder / "root.json",
            allow_http=frozenset({registry.address}),
        )
        self.basis: Basis = load_basis(settings, load_trust_root(settings, warn=lambda _: None))
        self._settings = settings

    def judge(self, *rounds: Iterable[str]) -> list[Mapping[str, ImageReport | None]]:
        """Judge each round of references, one after the other, with what was kept of those before."""

        async def run() -> list[Mapping[str, ImageReport | None]]:
            return [
                await self.decisions.judge(dict.fromkeys(references, ()), self.basis, Access(), seconds=30)
                for references in rounds
            ]

        return asyncio.run(run())

    @contextmanager
    def serving(self) -> Iterator[Bench]:
        """Decisions that keep evidence while the context lasts."""
        cache = FactsCache(CacheBounds(), clock=lambda: self.seconds)
        gatherer = Gatherer(
            self._settings, resolve_seconds=30, now=lambda: self.time, clock=lambda: self.seconds
        )
        self.decisions = Decisions(
            Bounds(4, frozenset()),
            gatherer,
            cache,
            NoCounts(),
            now=lambda: self.time,
            clock=lambda: self.seconds,
        )
        try:
            yield self
        finally:
            self.decisions.close(wait=True)

    def verdict(self, reference: str) -> Verdict:
        """The verdict of one image."""
        ((judged),) = self.judge([reference])
        report = judged[reference]
        assert report is not None
        return report.verdict


def image(*, signed: bool = True, attested: bool = False) -> tuple[Layout, str]:
    layout = Layout()
    made = layout.image("linux/amd64")
    layout.tag("latest", made)
    if signed:
        layout.signatures(made, [SIGSTORE.legacy_signature(made.digest)])
    if attested:
        statement = SIGSTORE.statement(made.digest, TYPE, {"reviewed": True})
        layout.attestations(made, [SIGSTORE.legacy_attestation(statement)])
    return layout, made.digest


ATTESTED = f"  - attestation: {{type: {TYPE}}}\n"


def test_policies_are_applied_at_the_time_of_each_review(tmp_path: Path) -> None:
    layout, digest = image(attested=True)
    rule = f"  - attestation: {{type: {TYPE}, max-age: 1h}}\n"
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, rule).serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            for _ in range(3):
                assert bench.verdict(pinned) is Verdict.PASS
            seen = len(registry.requests)
            bench.time += timedelta(hours=2)
            bench.seconds += 1
            assert bench.verdict(pinned) is Verdict.UNVERIFIED
            assert len(registry.requests) == seen


def test_a_signature_that_came_since_counts_at_once(tmp_path: Path) -> None:
    layout, digest = image(signed=False)
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "").serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            assert bench.verdict(pinned) is Verdict.UNVERIFIED
            registry.contents = image()[0].contents()
            assert bench.verdict(pinned) is Verdict.PASS


def test_a_refusal_does_not_rest_on_old_evidence(tmp_path: Path) -> None:
    layout, digest = image()
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, ATTESTED).serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            assert bench.verdict(pinned) is Verdict.UNVERIFIED
            registry.contents = image(attested=True)[0].contents()
            bench.seconds += ADMISSION_REFUSAL_SECONDS
            assert bench.verdict(pinned) is Verdict.PASS


def test_a_pass_rests_on_what_is_kept_until_it_is_too_old(tmp_path: Path) -> None:
    layout, digest = image()
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "").serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            assert bench.verdict(pinned) is Verdict.PASS
            registry.contents = image(signed=False)[0].contents()
            bench.seconds += 599
            assert bench.verdict(pinned) is Verdict.PASS
            bench.seconds += 1
            assert bench.verdict(pinned) is Verdict.UNVERIFIED


def test_names_that_are_no_images_are_refused_and_harm_no_others(tmp_path: Path) -> None:
    layout, digest = image()
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "").serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            bad = ["", "A", "a b", "oci:/etc", "x" * 5000, "ghcr.io/a@sha256:1", "a" * 40 + "!"]
            (judged,) = bench.judge([*bad, pinned])
            for text in bad:
                report = judged[text]
                assert report is not None
                assert report.verdict is Verdict.UNVERIFIED
                assert report.checks[0].message
            good = judged[pinned]
            assert good is not None
            assert good.verdict is Verdict.PASS


def test_no_time_left_is_not_finished(tmp_path: Path) -> None:
    layout, digest = image()
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "").serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"

            async def run() -> Mapping[str, ImageReport | None]:
                return await bench.decisions.judge({pinned: ()}, bench.basis, Access(), seconds=-1)

            assert asyncio.run(run()) == {pinned: None}


def test_the_loop_that_answers_does_not_wait_for_the_process_of_cel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the last judgement took: another thread may have the process now, for seconds."""
    monkeypatch.setattr("verifier.webhook.decisions._MOMENT", math.inf)
    layout, digest = image()
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "  - cel: {check: image.digest != ''}\n").serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            assert bench.verdict(pinned) is Verdict.PASS

            async def run() -> tuple[bool, Mapping[str, ImageReport | None]]:
                with SHARED.session():
                    asking = asyncio.create_task(
                        bench.decisions.judge({pinned: ()}, bench.basis, Access(), seconds=30)
                    )
                    # Were it to wait here, this would never end.
                    for _ in range(3):
                        await asyncio.sleep(0)
                    waits = not asking.done()
                return waits, await asking

            waits, judged = asyncio.run(run())
            report = judged[pinned]
            assert waits
            assert report is not None
            assert report.verdict is Verdict.PASS


def index(*, second: str) -> tuple[Layout, str]:
    """An index of two platforms, of which the first alone has a signature of its own and an SBOM."""
    layout = Layout()
    children = [layout.image(name, config={"config": {"User": name}}) for name in ("linux/amd64", second)]
    whole = layout.index(children)
    layout.tag("latest", whole)
    layout.signatures(whole, [SIGSTORE.legacy_signature(whole.digest)])
    statement = SIGSTORE.statement(children[0].digest, TYPE, {"reviewed": True})
    layout.attestations(children[0], [SIGSTORE.legacy_attestation(statement)])
    return layout, whole.digest


@pytest.mark.parametrize(
    ("second", "platforms", "verdict"),
    [
        ("linux/arm64", (), Verdict.UNVERIFIED),
        ("linux/arm64", ("linux/amd64",), Verdict.PASS),
        ("linux/arm64", ("linux/arm64",), Verdict.UNVERIFIED),
        ("linux/arm64", ("linux/amd64", "linux/arm64"), Verdict.UNVERIFIED),
        # A node that says amd64 may prefer this one.
        ("linux/amd64/v3", ("linux/amd64",), Verdict.UNVERIFIED),
    ],
)
def test_the_platforms_that_a_pod_asks_for_are_judged(
    tmp_path: Path, second: str, platforms: tuple[str, ...], verdict: Verdict
) -> None:
    layout, digest = index(second=second)
    rule = f"  - attestation: {{type: {TYPE}, on: platform}}\n"
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, rule).serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"
            asked = {pinned: tuple(Platform.parse(text) for text in platforms)}

            async def run() -> list[Mapping[str, ImageReport | None]]:
                return [
                    await bench.decisions.judge(asked, bench.basis, Access(), seconds=30) for _ in range(3)
                ]

            for judged in asyncio.run(run()):
                report = judged[pinned]
                assert report is not None
                assert report.verdict is verdict


def test_a_pass_on_one_platform_is_none_on_another(tmp_path: Path) -> None:
    layout, digest = index(second="linux/arm64")
    rule = f"  - attestation: {{type: {TYPE}, on: platform}}\n"
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, rule).serving() as bench:
            pinned = f"{registry.address}/{REPOSITORY}@{digest}"

            async def run() -> list[Verdict]:
                found = []
                for name in ("linux/amd64", "linux/amd64", "linux/arm64"):
                    asked = {pinned: (Platform.parse(name),)}
                    report = (await bench.decisions.judge(asked, bench.basis, Access(), seconds=30))[pinned]
                    assert report is not None
                    found.append(report.verdict)
                return found

            assert asyncio.run(run()) == [Verdict.PASS, Verdict.PASS, Verdict.UNVERIFIED]


def test_a_tag_beside_a_digest_is_no_way_around_a_policy(tmp_path: Path) -> None:
    """The policy is about one tag; the reference types another, and the digest that will run."""
    layout, digest = image(signed=False)
    with RegistryServer(layout.contents(), REPOSITORY) as registry:
        with Bench(tmp_path, registry, "unmatched-images: warn\n", images="**:prod").serving() as bench:
            name = f"{registry.address}/{REPOSITORY}"
            for tag in ("", ":prod", ":dev"):
                assert bench.verdict(f"{name}{tag}@{digest}") is Verdict.UNVERIFIED
            # The twin: by its tag alone it is an image that the policy is not about.
            assert bench.verdict(f"{name}:latest") is Verdict.PASS
