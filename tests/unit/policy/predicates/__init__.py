"""Tests of the readers of predicates."""
