"""The client on Node, an adapter in another language: it is sound, and takes the encoded media that it asks for."""

import shutil

import pytest

from harness.core.view import ROLES
from harness.session.exams import ROOT
from harness.session.smoke import smoke, unsound

NODE = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@NODE
def test_the_client_on_node_holds_the_conversation_in_both_roles() -> None:
    found = smoke(str(ROOT / "clients" / "node"))
    assert unsound(found) == ""
    assert set(found) == set(ROLES)
    assert all(step.ok for steps in found.values() for step in steps)
