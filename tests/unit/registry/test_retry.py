"""Asking again (FLT-02): after what, how often, how long after."""

from __future__ import annotations

import pytest

from tests.registry_server import Fault, RegistryServer
from tests.unit.registry.remote import REPOSITORY, Time, contents, registry
from verifier.errors import LimitExceeded, RegistryError

CONTENTS = contents()


def run(time: Time, *faults: Fault, seconds: float = 60) -> list[str]:
    with RegistryServer(CONTENTS, REPOSITORY, faults=faults) as there:
        with registry(there, time=time, seconds=seconds) as source:
            source.resolve()
        return there.paths()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_asked_again(status: int) -> None:
    time = Time()
    assert len(run(time, Fault("latest", status, calls=(1, 2)))) == 3
    # 0.3 s, doubled; with all of the jitter.
    assert time.slept == [0.3, 0.6]


def test_a_broken_connection_is_asked_again() -> None:
    assert len(run(Time(), Fault("latest", raw=b"", calls=(1,)))) == 2


def test_it_ends_after_three_more() -> None:
    time = Time()
    with pytest.raises(RegistryError, match="status 503"):
        run(time, Fault("latest", 503))
    assert time.slept == [0.3, 0.6, 1.2]


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_what_will_not_change_is_not_asked_again(status: int) -> None:
    time = Time()
    with pytest.raises(RegistryError):
        run(time, Fault("latest", status))
    assert time.slept == []


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("4", 4.0),
        ("86400", 10.0),  # RETRY_WAIT_SECONDS
        ("0", 0.3),
        ("-5", 0.3),
        ("soon", 0.3),
        ("Fri, 15 Jan 2027 08:00:04 GMT", 4.0),  # the test's clock: 1,800,000,000 s
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.3),
        ("9" * 5000, 10.0),
    ],
)
def test_retry_after_is_honoured_up_to_a_bound(header: str, waited: float) -> None:
    time = Time()
    run(time, Fault("latest", 429, {"Retry-After": header}, calls=(1,)))
    assert time.slept == [waited]


def test_nobody_waits_beyond_the_deadline() -> None:
    time = Time()
    with pytest.raises(RegistryError, match="status 429"):
        run(time, Fault("latest", 429, {"Retry-After": "8"}), seconds=7)
    assert time.slept == []
    run(Time(), Fault("latest", 429, {"Retry-After": "8"}, calls=(1,)), seconds=9)


def test_what_exceeds_a_limit_is_not_asked_again() -> None:
    time = Time()
    with pytest.raises(LimitExceeded):
        run(time, Fault("latest", body=b"x", length=10**12))
    assert time.slept == []
