"""Check against cosign, both ways: ``make interop``. See docs/interop.md."""
