"""Web clients served from a folder below `/pages`, as they are or with single files of another folder in their place.

Laws: only a file that the pages have can be replaced, so that an overlay adds no address; a page can't tell that it has one; the query
`as-built` gives the page's own file, so that what stands in its place can build on it. Used by the public port.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

AS_BUILT: Final = b"as-built"


class Pages(StaticFiles):
    """The folder `pages`; a file of the folder `overlay` is served in place of the page's at the same path."""

    def __init__(self, pages: Path, overlay: Path | None = None) -> None:
        super().__init__(directory=pages, html=True)
        self._pages = pages.resolve()
        self._overlay = None if overlay is None else overlay.resolve()

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The page's file, or what stands in its place."""
        if self._overlay is not None and scope["query_string"] != AS_BUILT:
            instead = self._overlay / Path(full_path).relative_to(self._pages)
            if instead.is_file():
                full_path, stat_result = instead, instead.stat()
        return super().file_response(full_path, stat_result, scope, status_code)
