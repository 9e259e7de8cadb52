"""`viva verify`: a certificate, offline."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import output
from reports.certificate import verify


@click.command("verify")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--issuer", default="", metavar="FINGERPRINT", help="The fingerprint that whoever issued it has published."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as data.")
def command(bundle: Path, issuer: str, as_json: bool) -> int:
    """Check BUNDLE (a certificate.json, or its folder) against the results beside it. Exit status 1: it is not genuine."""
    found = verify(bundle, issuer)
    if as_json:
        output.print_json(found)
    else:
        click.echo(found.sentence if found.genuine else f"Not genuine: {found.sentence}")
    return 0 if found.genuine else 1
