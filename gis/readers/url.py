"""URL: where a layer is when it is no plain path, and how to name it without its password."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

__all__ = ["file_of", "is_database", "redacted", "scheme_of"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
# user:password@ of any URL; a password may hold @ and /, so the last @ before a blank or the end counts.
_SECRET = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]*://[^\s:/?#@]*):(?P<secret>[^\s]*)@")
_SECRET_KEY = re.compile(r"(?P<head>\b(?:password|sslpassword|passwd|pwd)\s*=\s*)('[^']*'|[^\s&;]+)", re.IGNORECASE)


def scheme_of(path: str) -> str:
    """Return the scheme of a URL in lower case, or ``""`` for a plain path.

    Examples
    --------
    >>> scheme_of("postgresql://gis@localhost/bp"), scheme_of("C:/data/a.gpkg")
    ('postgresql', '')
    """
    found = _SCHEME.match(path)
    return found[1].lower() if found else ""


def is_database(path: str) -> bool:
    """Tell whether a path is the URL of a PostgreSQL database."""
    return scheme_of(path) in {"postgresql", "postgres"}


def file_of(path: str) -> Path:
    """Return the path of a file that is named by a path or by a ``file://`` URL.

    Examples
    --------
    >>> file_of("file:///data/B%C3%ACnh%20Ph%C6%B0%E1%BB%9Bc.gpkg").name
    'Bình Phước.gpkg'
    """
    if scheme_of(path) != "file":
        return Path(path)
    parts = urlsplit(path)
    host = "" if parts.netloc in {"", "localhost"} else f"//{unquote(parts.netloc)}"
    # Not urlsplit's own path: a ? or # in a file's name is written as it stands by most people.
    return Path(host + url2pathname(path.split("://", 1)[1].removeprefix(parts.netloc)))


def redacted(text: str) -> str:
    """Return text without the passwords of the URLs in it.

    Examples
    --------
    >>> redacted("postgresql://gis:secret@localhost:5432/bp?sslmode=prefer&password=abc")
    'postgresql://gis:***@localhost:5432/bp?sslmode=prefer&password=***'
    """
    text = _SECRET.sub(r"\g<head>:***@", text)
    return _SECRET_KEY.sub(r"\g<head>***", text)
