"""Panics of libraries that are written in Rust."""

from __future__ import annotations


def is_panic(error: BaseException) -> bool:
    """Whether ``error`` is a panic that PyO3 turned into an exception, which is no `Exception`.

    Hostile input can cause one: a certificate whose name has the wrong ASN.1 tag does so in rfc3161-client.
    """
    # PyO3 makes the class in each library anew, and none of them can be imported.
    return type(error).__name__ == "PanicException" and not isinstance(error, Exception)
