"""Every feature of this folder, as tests. One line: what a scenario does stands in its feature and in the steps."""

from __future__ import annotations

from pytest_bdd import scenarios

scenarios(".")
