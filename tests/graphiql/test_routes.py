"""The explorer's routes: what the page may do, how long files are kept, and switching it off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx

from schema.graphiql import page

Serve = Callable[..., str]


def test_the_page_is_guarded(serve: Serve) -> None:
    """No script in the page or from elsewhere, no frame around it, no guessing of types."""
    answer = httpx.get(f"{serve()}/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == page.POLICY
    assert "script-src 'self';" in page.POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-cache"
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []


def test_every_file_of_the_page_may_be_kept_for_a_year(serve: Serve) -> None:
    """Files are named after their content, so a browser asks once."""
    url = serve()
    named = re.findall(r'(?:src|href)="([^"]+)"', httpx.get(f"{url}/").text)

    answers = {name: httpx.get(f"{url}{name}") for name in named}

    assert len(answers) == 3
    for name, answer in answers.items():
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"] == page.MEDIA[Path(name).suffix]
        assert re.search(r"-[\w-]{8}\.\w+$", name), name


def test_nothing_but_the_built_files_is_served(serve: Serve) -> None:
    """Neither sources nor anything above the folder."""
    url = serve()

    for path in ("page.py", "source/package.json", "assets/", "assets/..%2f..%2fpage.py"):
        assert httpx.get(f"{url}/graphiql/{path}").status_code == 404, path


def test_switched_off_the_root_points_to_the_api(serve: Serve) -> None:
    """`GRAPHIQL=false` leaves a pointer and nothing of the page."""
    url = serve(switched_on=False)

    answer = httpx.get(f"{url}/")

    assert answer.status_code == 404
    assert answer.json() == {
        "errors": [
            {
                "message": "The explorer is switched off; the API answers at /graphql.",
                "extensions": {"code": "NOT_FOUND"},
            }
        ]
    }
    assert httpx.get(f"{url}/graphiql/start.json").status_code == 404


def test_without_a_demo_nothing_is_filled_in(serve: Serve) -> None:
    """No address, no password, no ids leave a server that has no demo."""
    answer = httpx.get(f"{serve(demo=None)}/graphiql/start.json")

    assert answer.json() == {"demo": False, "email": "", "password": "", "operations": []}
    assert answer.headers["cache-control"] == "no-store"


def test_the_licences_of_what_is_built_in_are_served(serve: Serve) -> None:
    """Whoever receives the files receives their licences."""
    answer = httpx.get(f"{serve()}/graphiql/LICENSES.txt")

    assert answer.status_code == 200
    for package in ("graphiql 4", "react 18", "codemirror 5", "graphql 16", "@fontsource/roboto"):
        assert f"\n{package}" in f"\n{answer.text}", package


def test_the_built_files_name_no_host_to_load_from() -> None:
    """Every address in them is a namespace, or a link in a message or a comment, known by name."""
    built = [path for path in page.STATIC.rglob("*") if path.suffix in {".js", ".css", ".html"}]
    hosts = re.compile(r"(?:https?:)?//((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)

    named = {host for path in built for host in hosts.findall(path.read_text(encoding="utf-8"))}

    assert len(built) == 4
    assert named == {
        "codemirror.net",
        "commonmark.org",
        "en.wikipedia.org",
        "github.com",
        "prettier.io",
        "reactjs.org",
        "www.onegraph.com",
        "www.w3.org",
    }
