"""A registry that is right, and one that is wrong in one thing (REG-01 to REG-04, DOS-03)."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.registry_server import Fault, RegistryServer, Tripwire
from tests.sigstore_instance.layout import INDEX, Contents, Layout
from tests.unit.registry.remote import REPOSITORY, contents, registry
from verifier.errors import (
    AmbiguousDocumentError,
    AuthError,
    DigestMismatch,
    LimitExceeded,
    RedirectError,
    RegistryError,
    VerifierError,
)
from verifier.limits import MANIFEST_BYTES
from verifier.model.descriptor import Descriptor
from verifier.model.digest import Digest

CONTENTS = contents()
DIGEST = Digest.parse(CONTENTS.tags["latest"])
MEDIA_TYPE, MANIFEST = CONTENTS.manifests[str(DIGEST)]
CONFIG = Digest.parse(json.loads(MANIFEST)["config"]["digest"])
CONFIG_SIZE = json.loads(MANIFEST)["config"]["size"]


def server(*faults: Fault, **settings: object) -> RegistryServer:
    return RegistryServer(CONTENTS, REPOSITORY, faults=faults, **settings)  # type: ignore[arg-type]


def config(*, size: int = CONFIG_SIZE, digest: Digest = CONFIG) -> Descriptor:
    return Descriptor("application/vnd.oci.image.config.v1+json", digest, size)


def test_a_tag_is_resolved_with_one_request() -> None:
    with server() as there, registry(there) as source:
        content = source.resolve()
        assert (content.digest, content.descriptor.media_type) == (DIGEST, MEDIA_TYPE)
        assert there.paths() == ["manifests/latest"]
        accepted = there.requests[0].headers["accept"]
        assert INDEX in accepted
        assert there.requests[0].headers["accept-encoding"] == "identity"


def test_a_digest_decides_and_the_tag_is_not_asked_for() -> None:
    with server() as there, registry(there, tag="other", digest=DIGEST) as source:
        assert source.resolve().raw == MANIFEST
        assert there.paths() == [f"manifests/{DIGEST}"]


def test_what_is_not_there_is_none_and_an_image_that_is_not_there_an_error() -> None:
    other = Digest.of(b"other")
    with server() as there, registry(there, tag="absent") as source:
        assert source.tagged("absent") is None
        assert source.manifest(other) is None
        assert list(source.referrers(other)) == []
        with pytest.raises(RegistryError, match="there is no image"):
            source.resolve()


@pytest.mark.parametrize("status", [401, 403])
def test_what_must_not_be_seen_is_not_none(status: int) -> None:
    with server(Fault("manifests/secret", status)) as there, registry(there) as source:
        with pytest.raises(AuthError):
            source.tagged("secret")
        assert source.tagged("absent") is None


def test_a_forbidden_evidence_tag_gets_a_hint_of_its_own() -> None:
    tag = f"sha256-{DIGEST.hex}.sig"
    with server(Fault("manifests/sha256-", 403)) as there, registry(there) as source:
        with pytest.raises(AuthError) as caught:
            source.tagged(tag)
        assert "does not exist" in str(caught.value.hint)


@pytest.mark.parametrize("status", [204, 302, 410, 418, 500, 503])
def test_an_unexpected_status_is_not_none(status: int) -> None:
    with server(Fault("manifests/odd", status)) as there, registry(there) as source:
        with pytest.raises((RegistryError, RedirectError)):
            source.tagged("odd")


@pytest.mark.parametrize(
    ("status", "hint"), [(429, "docker login"), (500, "try again later"), (503, "try again later")]
)
def test_a_registry_in_trouble_gets_a_hint(status: int, hint: str) -> None:
    with server(Fault("manifests/", status), Fault("blobs/", status)) as there, registry(there) as source:
        for question in (source.resolve, lambda: source.blob(config(), limit=1000)):
            with pytest.raises(RegistryError, match=f"status {status}") as caught:
                question()
            assert hint in str(caught.value.hint)


MANIFESTS: dict[str, tuple[Fault, type[VerifierError]]] = {
    "other content": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}, body=b"{}"),
        DigestMismatch,
    ),
    "damaged content": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}, body=MANIFEST[:-1]),
        DigestMismatch,
    ),
    "text of a proxy": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": "text/plain"}, body=b"try again later"),
        RegistryError,
    ),
    "another manifest": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}, body=MANIFEST + b"\n"),
        DigestMismatch,
    ),
    "right header, other content": (
        Fault(
            f"manifests/{DIGEST}",
            headers={"Content-Type": MEDIA_TYPE, "Docker-Content-Digest": str(DIGEST)},
            body=MANIFEST + b" ",
        ),
        DigestMismatch,
    ),
    "another type than it says": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": INDEX}, body=MANIFEST),
        AmbiguousDocumentError,
    ),
    "a login page": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": "text/html"}, body=b"<html>log in</html>"),
        RegistryError,
    ),
    "nothing": (Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}), RegistryError),
    "packed content": (
        Fault(
            f"manifests/{DIGEST}",
            headers={"Content-Type": MEDIA_TYPE, "Content-Encoding": "gzip"},
            body=MANIFEST,
        ),
        RegistryError,
    ),
    "too much": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}, body=b" " * (MANIFEST_BYTES + 1)),
        LimitExceeded,
    ),
    "an announcement of too much": (
        Fault(f"manifests/{DIGEST}", headers={"Content-Type": MEDIA_TYPE}, body=b"{", length=10**15),
        LimitExceeded,
    ),
    "less than announced": (
        Fault(
            f"manifests/{DIGEST}",
            headers={"Content-Type": MEDIA_TYPE},
            body=MANIFEST[:9],
            length=len(MANIFEST),
        ),
        RegistryError,
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_is_wrong_in_one_thing(name: str) -> None:
    fault, error = MANIFESTS[name]
    with server(fault) as there, registry(there) as source, pytest.raises(error):
        source.manifest(DIGEST)


def test_a_blob_is_read_and_checked() -> None:
    with server() as there, registry(there) as source:
        assert Digest.of(source.blob(config(), limit=10_000).raw) == CONFIG


def test_a_blob_of_another_size_digest_or_none_at_all() -> None:
    with server() as there, registry(there) as source:
        with pytest.raises(LimitExceeded):
            source.blob(config(size=10_001), limit=10_000)
        assert there.paths() == []
        with pytest.raises(DigestMismatch):
            source.blob(config(size=CONFIG_SIZE + 1), limit=10_000)
        with pytest.raises(RegistryError, match="BLOB_UNKNOWN"):
            source.blob(config(digest=Digest.of(b"absent")), limit=10_000)
    for body in (b"x" * CONFIG_SIZE, b"x" * (CONFIG_SIZE + 1), b"x" * 10_000, b""):
        with server(Fault("blobs/", body=body)) as there, registry(there) as source:
            with pytest.raises(DigestMismatch):
                source.blob(config(), limit=10_000)


def test_a_web_page_in_place_of_a_blob_is_the_networks_fault_and_not_the_images() -> None:
    """REG-04: a captive portal says nothing about the evidence."""
    portal = Fault("blobs/", headers={"Content-Type": "text/html; charset=utf-8"}, body=b"<html>")
    with server(portal) as there, registry(there) as source:
        with pytest.raises(RegistryError, match="web page"):
            source.blob(config(), limit=10_000)
    raw = CONTENTS.blobs[str(CONFIG)]
    with server(replace(portal, body=raw)) as there, registry(there) as source:
        assert source.blob(config(), limit=10_000).raw == raw


def test_a_blob_from_another_place_is_checked_too() -> None:
    with server() as elsewhere, server(blobs_at=f"http://{elsewhere.address}") as there:
        with registry(there, allow_http=[there.address, elsewhere.address]) as source:
            assert Digest.of(source.blob(config(), limit=10_000).raw) == CONFIG
    with server(Fault("blobs/", body=b"x" * CONFIG_SIZE)) as elsewhere:
        with server(blobs_at=f"http://{elsewhere.address}") as there:
            with registry(there, allow_http=[there.address, elsewhere.address]) as source:
                with pytest.raises(DigestMismatch):
                    source.blob(config(), limit=10_000)


def attached(count: int) -> Contents:
    """An image with referrers."""
    layout = Layout()
    image = layout.image("linux/amd64")
    layout.tag("latest", image)
    for number in range(count):
        layout.referrer(image, b'{"number": %d}' % number, fallback=False)
    return layout.contents()


@pytest.mark.parametrize("page", [0, 2, 7])
def test_referrers_come_from_all_pages(page: int) -> None:
    held = attached(5)
    digest = Digest.parse(held.tags["latest"])
    with RegistryServer(held, REPOSITORY, referrers=True, page=page) as there, registry(there) as source:
        assert len(source.referrers(digest)) == 5
        assert len(there.requests) == (3 if page == 2 else 1)


@pytest.mark.parametrize("status", [400, 404, 405, 406])
def test_a_registry_without_the_api_lists_nothing(status: int) -> None:
    with server(Fault("referrers/", status)) as there, registry(there) as source:
        assert list(source.referrers(DIGEST)) == []


def test_a_web_page_in_place_of_the_api_lists_nothing() -> None:
    html = Fault("referrers/", headers={"Content-Type": "text/html"}, body=b"<html></html>")
    with server(html) as there, registry(there) as source:
        assert list(source.referrers(DIGEST)) == []


def listed(*entries: object) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}).encode()


ENTRY = {"mediaType": MEDIA_TYPE, "digest": str(Digest.of(b"x")), "size": 1}


@pytest.mark.parametrize(
    "content_type", [INDEX, "application/json; charset=utf-8", "application/octet-stream", "text/html", ""]
)
def test_a_list_is_one_whatever_it_is_sent_as(content_type: str) -> None:
    answer = Fault("referrers/", headers={"Content-Type": content_type}, body=listed(ENTRY))
    with server(answer) as there, registry(there) as source:
        assert [entry.digest for entry in source.referrers(DIGEST)] == [Digest.of(b"x")]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"errors": [{"code": "UNAVAILABLE"}]}'),
        ("application/json", b"[]"),
        ("application/json", b""),
        ("application/json", listed()[:-3]),
        ("text/plain", b"upstream connect error"),
        ("", b""),
        ("application/octet-stream", b"\x00"),
        (INDEX, b"<html></html>"),
        (INDEX, b""),
        (INDEX, b'{"schemaVersion": 2, "manifests": {}}'),
        (INDEX, b'{"schemaVersion": 2, "manifests": [], "layers": []}'),
        ("text/html+xml", b"<html></html>"),
        (INDEX, b'{"schemaVersion": 2}'),
    ],
)
def test_what_is_no_list_is_not_an_empty_one(content_type: str, body: bytes) -> None:
    answer = Fault("referrers/", headers={"Content-Type": content_type}, body=body)
    with server(answer) as there, registry(there) as source:
        with pytest.raises((RegistryError, AmbiguousDocumentError)) as caught:
            source.referrers(DIGEST)
        assert caught.value.code == "RegistryError"


def test_of_the_list_only_its_entries_are_needed() -> None:
    body = json.dumps({"mediaType": "x/y", "annotations": {"a": 1}, "manifests": [ENTRY]}).encode()
    with server(Fault("referrers/", headers={"Content-Type": INDEX}, body=body)) as there:
        with registry(there) as source:
            assert len(source.referrers(DIGEST)) == 1


@pytest.mark.parametrize("status", [204, 206, 300, 304, 402, 410, 418])
def test_an_odd_status_is_not_an_empty_list(status: int) -> None:
    with server(Fault("referrers/", status)) as there, registry(there) as source:
        with pytest.raises(RegistryError):
            source.referrers(DIGEST)


def test_a_list_at_another_host_is_read_there() -> None:
    with server(Fault("referrers/", headers={"Content-Type": INDEX}, body=listed(ENTRY))) as elsewhere:
        away = Fault("referrers/", 307, {"Location": f"http://{elsewhere.address}/v2/x/referrers/y"})
        with server(away) as there:
            with registry(there, allow_http=[there.address, elsewhere.address]) as source:
                assert [entry.digest for entry in source.referrers(DIGEST)] == [Digest.of(b"x")]
            # Where it cannot be asked, nobody knows.
            with registry(there) as source, pytest.raises(RedirectError):
                source.referrers(DIGEST)


@pytest.mark.parametrize(
    "odd",
    [
        {**ENTRY, "digest": "sha512:" + "5c" * 64},
        {**ENTRY, "digest": "sha256:" + "5C" * 32},
        {**ENTRY, "digest": 5},
        {**ENTRY, "Digest": ENTRY["digest"]},
        {"size": 1},
        "text",
        None,
    ],
)
def test_an_entry_that_leads_nowhere_hides_no_other_and_is_said(odd: object) -> None:
    answer = Fault("referrers/", headers={"Content-Type": INDEX}, body=listed(odd, ENTRY))
    with server(answer) as there, registry(there) as source:
        found = source.referrers(DIGEST)
    assert [entry.digest for entry in found] == [Digest.of(b"x")]
    (unread,) = found.unread
    assert unread.what
    assert "$.manifests[0]" in unread.reason


@pytest.mark.parametrize(
    "odd", [{"annotations": {"a": 1}}, {"size": -1}, {"mediaType": 3}, {"platform": {"os": 1}}, {"size": "1"}]
)
def test_of_an_entry_only_the_digest_is_needed(odd: dict[str, object]) -> None:
    answer = Fault("referrers/", headers={"Content-Type": INDEX}, body=listed({**ENTRY, **odd}))
    with server(answer) as there, registry(there) as source:
        found = source.referrers(DIGEST)
    assert [entry.digest for entry in found] == [Digest.of(b"x")]
    assert found.unread == ()


def test_a_redirect_to_another_host_is_not_the_api_and_sees_no_credentials() -> None:
    with Tripwire() as elsewhere:
        for scheme in ("http", "https"):
            away = Fault("referrers/", 303, {"Location": f"{scheme}://{elsewhere.address}/packages"})
            with server(away) as there, registry(there) as source:
                assert list(source.referrers(DIGEST)) == []


def test_the_api_may_be_at_another_path_of_the_registry() -> None:
    held = attached(2)
    digest = Digest.parse(held.tags["latest"])
    moved = Fault("referrers/[^?]*$", 307, {"Location": f"/v2/{REPOSITORY}/referrers/{digest}?moved=1"})
    with RegistryServer(held, REPOSITORY, referrers=True, faults=[moved]) as there, registry(there) as source:
        assert len(source.referrers(digest)) == 2


@pytest.mark.parametrize("status", [403, 429, 500])
def test_referrers_that_cannot_be_seen_are_not_none(status: int) -> None:
    with server(Fault("referrers/", status)) as there, registry(there) as source:
        with pytest.raises(RegistryError):
            source.referrers(DIGEST)


def listing(link: str) -> Fault:
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
    return Fault("referrers/", headers={"Content-Type": INDEX, "Link": link}, body=body)


@pytest.mark.parametrize("status", [200, 303, 404, 405])
@pytest.mark.parametrize("first", [0, 1])
def test_a_list_that_breaks_off_is_not_a_short_list(status: int, first: int) -> None:
    """FLT-02: the API was there a moment ago, so this is no registry without it."""
    held = attached(first)
    digest = Digest.parse(held.tags["latest"])
    entries = [
        {"mediaType": media_type, "digest": other, "size": len(raw)}
        for other, (media_type, raw) in held.manifests.items()
        if other != str(digest)
    ]
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    link = f'</v2/{REPOSITORY}/referrers/{digest}?page=2>; rel="next"'
    page = Fault("referrers/[^?]*$", headers={"Content-Type": INDEX, "Link": link}, body=body)
    away = {"Location": "https://elsewhere.example/"} if status == 303 else {"Content-Type": "text/html"}
    with RegistryServer(held, REPOSITORY, faults=[page, Fault("page=2", status, away)]) as there:
        with registry(there) as source, pytest.raises(RegistryError, match="broke off"):
            source.referrers(digest)
    with RegistryServer(held, REPOSITORY, referrers=True, faults=[page]) as there, registry(there) as source:
        assert len(source.referrers(digest)) == 2 * first


@pytest.mark.parametrize(("count", "fits"), [(1000, True), (1001, False)])
def test_more_referrers_than_are_read(count: int, fits: bool) -> None:
    """DOS-01: counted before any of them is fetched; 1000 is EVIDENCE_ITEMS."""

    def page(first: int, size: int) -> bytes:
        entries = [
            {"mediaType": MEDIA_TYPE, "digest": str(Digest.of(b"%d" % number)), "size": 5}
            for number in range(first, first + size)
        ]
        return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()

    link = {"Content-Type": INDEX, "Link": f'</v2/{REPOSITORY}/referrers/{DIGEST}?page=2>; rel="next"'}
    faults = [
        Fault("referrers/[^?]*$", headers=link, body=page(0, 600)),
        Fault("page=2", headers={"Content-Type": INDEX}, body=page(600, count - 600)),
    ]
    with server(*faults) as there, registry(there) as source:
        if fits:
            assert len(source.referrers(DIGEST)) == count
        else:
            with pytest.raises(LimitExceeded):
                source.referrers(DIGEST)
        assert len(there.requests) == 2


def test_pages_on_another_host_are_not_followed() -> None:
    with Tripwire() as elsewhere:
        link = f'<http://{elsewhere.address}/v2/x/referrers/y>; rel="next"'
        with server(listing(link)) as there, registry(there) as source, pytest.raises(RedirectError):
            source.referrers(DIGEST)
        assert elsewhere.requests == []


@pytest.mark.parametrize("link", ["</v2/org/app/referrers/{digest}>", "<file:///etc/passwd>", "<//[>"])
def test_pages_in_a_circle_or_of_another_kind_are_not_followed(link: str) -> None:
    text = link.replace("{digest}", str(DIGEST)) + '; rel="next"'
    with server(listing(text)) as there, registry(there) as source, pytest.raises(RedirectError):
        source.referrers(DIGEST)


def test_pages_without_end_are_not_followed() -> None:
    class Endless(RegistryServer):
        def _referrers(self, digest: str, query: str) -> tuple[int, bytes, dict[str, str]]:
            start = int((re.search(r"start=(\d+)", query) or ["", "0"])[1]) + 1
            link = f'</v2/{self.repository}/referrers/{digest}?start={start}>; rel="next"'
            body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
            return 200, body, {"Content-Type": INDEX, "Link": link}

    with Endless(CONTENTS, REPOSITORY, referrers=True) as there, registry(there) as source:
        with pytest.raises(LimitExceeded):
            source.referrers(DIGEST)
        assert len(there.requests) == 50  # REFERRER_PAGES


class MemoryCache:
    def __init__(self) -> None:
        self.kept: dict[Digest, bytes] = {}

    def get(self, digest: Digest) -> bytes | None:
        return self.kept.get(digest)

    def put(self, digest: Digest, raw: bytes) -> None:
        self.kept[digest] = raw


def test_content_by_digest_is_cached_and_tags_never() -> None:
    cache = MemoryCache()
    with server() as there, registry(there, cache=cache) as source:
        for _ in range(2):
            source.resolve()
            source.manifest(DIGEST)
            source.blob(config(), limit=10_000)
        assert there.paths() == ["manifests/latest", f"blobs/{CONFIG}", "manifests/latest"]
    assert set(cache.kept) == {DIGEST, CONFIG}


def test_a_manifest_that_needs_the_registrys_word_is_not_cached() -> None:
    """Without its media type it would be taken for another kind, when it is read again."""
    document = json.loads(MANIFEST)
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    del document["mediaType"]
    for media_type, cached in ((MEDIA_TYPE, True), (kind, False)):
        raw = json.dumps(document).encode()
        cache = MemoryCache()
        fault = Fault("manifests/", headers={"Content-Type": media_type}, body=raw)
        with server(fault) as there, registry(there, digest=Digest.of(raw), cache=cache) as source:
            assert [source.resolve().descriptor.media_type for _ in range(2)] == [media_type] * 2
        assert bool(cache.kept) is cached


def test_content_that_does_not_match_is_not_cached() -> None:
    cache = MemoryCache()
    with server(Fault("blobs/", body=b"x" * CONFIG_SIZE)) as there, registry(there, cache=cache) as source:
        with pytest.raises(DigestMismatch):
            source.blob(config(), limit=10_000)
    assert cache.kept == {}
