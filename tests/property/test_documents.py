"""Whatever a registry or layout sends, only the declared errors come out."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import RejectedError, UnavailableError
from verifier.model.descriptor import Content, Descriptor
from verifier.model.digest import Digest
from verifier.model.manifest import INDEX_TYPES, MANIFEST_TYPES, Index
from verifier.registry.documents import describe, parse

TYPES = sorted(INDEX_TYPES | MANIFEST_TYPES)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*TYPES, f"sha256:{'a' * 64}", "linux", "amd64", 2])
)
KEYS = """schemaVersion mediaType manifests config layers annotations artifactType subject digest size
platform os architecture variant os.version Layers fsLayers"""
keys = st.sampled_from(KEYS.split()) | st.text(max_size=4)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=12,
)
descriptors = st.fixed_dictionaries(
    {
        "mediaType": scalars,
        "digest": st.just(f"sha256:{'a' * 64}") | scalars,
        "size": st.integers() | scalars,
    },
    optional={"annotations": values, "platform": values, "artifactType": values},
)
documents = st.fixed_dictionaries(
    {"schemaVersion": st.just(2) | scalars},
    optional={
        "mediaType": st.sampled_from(TYPES) | scalars,
        "manifests": st.lists(descriptors | values, max_size=3) | values,
        "config": descriptors | values,
        "layers": st.lists(descriptors | values, max_size=3) | values,
        "annotations": values,
        "subject": descriptors | values,
    },
)
content_types = st.none() | st.sampled_from(TYPES) | st.text(max_size=12)


@given(
    raw=st.binary(max_size=200) | documents.map(lambda d: json.dumps(d).encode()), content_type=content_types
)
def test_describe_and_parse_raise_only_what_they_declare(raw: bytes, content_type: str | None) -> None:
    with contextlib.suppress(RejectedError, UnavailableError):
        descriptor = describe(raw, content_type=content_type)
        assert (descriptor.digest, descriptor.size) == (Digest.of(raw), len(raw))
        document = parse(Content(descriptor, raw))
        assert isinstance(document, Index) == (descriptor.media_type in INDEX_TYPES)


@given(raw=documents.map(lambda d: json.dumps(d).encode()), media_type=st.text(max_size=12))
def test_parse_raises_only_what_it_declares_whatever_the_descriptor_says(raw: bytes, media_type: str) -> None:
    with contextlib.suppress(RejectedError, UnavailableError):
        parse(Content(Descriptor(media_type, Digest.of(raw), len(raw)), raw))
