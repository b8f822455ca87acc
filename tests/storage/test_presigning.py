"""Links to a bucket are signed as botocore would sign them, only faster."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

from storage.folder import Folder
from storage.objects import LONGEST, new_key
from storage.s3 import Bucket, client_of
from storage.settings import Settings

SALON = UUID(int=7)


def bucket(**given: str) -> Bucket:
    """A bucket nobody is asked about."""
    access = {"s3_access_key_id": "AKIAEXAMPLE", "s3_secret_access_key": "wJalr/XUtn+FEMI="}
    settings = Settings.load(_env_file=None, s3_bucket="our-bucket", **access, **given)
    return Bucket(client_of(settings), "our-bucket")


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "https://our-bucket.s3.amazonaws.com/"),
        ({"s3_region": "eu-central-1"}, "https://our-bucket.s3.eu-central-1.amazonaws.com/"),
        ({"s3_endpoint_url": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000/our-bucket/"),
        ({"s3_endpoint_url": "https://s3.example/x"}, "https://s3.example/x/our-bucket/"),
    ],
)
@pytest.mark.parametrize("filename", ["", "Zoë & 1 + 1.csv"])
def test_a_link_is_what_botocore_would_make_of_it(
    given: dict[str, str], base: str, filename: str
) -> None:
    """The same parameters and the same signature, wherever the bucket is."""
    here, key = bucket(**given), new_key(SALON)
    link = here.presign_get(key, filename=filename, lasting=600)

    said = dict(parse_qsl(urlsplit(link).query))
    credentials = here._client._request_signer._credentials  # type: ignore[attr-defined]
    signer = S3SigV4QueryAuth(credentials, "s3", here._client.meta.region_name, expires=1200)
    wanted = {name: value for name, value in said.items() if name.startswith("response-")}
    request = AWSRequest("GET", base + key, params=wanted)
    request.context["timestamp"] = said["X-Amz-Date"]
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)

    assert link.startswith(f"{base}{key}?")
    assert said == dict(parse_qsl(urlsplit(request.url).query)) | {"X-Amz-Signature": signature}


def test_a_link_changes_with_the_span_of_time_it_is_made_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is good for a whole span more; two days have two keys."""
    here, key = bucket(), new_key(SALON)
    day = 20_000 * 86_400
    links = []
    for now in (day - 601, day - 599, day - 1, day, day + 599.9, day + 600):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        links.append(here.presign_get(key, lasting=600))

    assert [links.index(link) for link in links] == [0, 1, 1, 3, 3, 5]
    assert "X-Amz-Date=20241003T235000Z&X-Amz-Expires=1200" in links[1]
    assert "20241004%2Fus-east-1" in links[3]


@pytest.mark.parametrize("lasting", [0, -1, LONGEST + 1])
def test_a_link_lasts_no_longer_than_s3_allows(tmp_path, lasting: int) -> None:
    """The same in a folder, so that a deployment may move to a bucket."""
    for store in (bucket(), Folder(tmp_path)):
        with pytest.raises(ValueError, match="a link lasts"):
            store.presign_get(new_key(SALON), lasting=lasting)
        with pytest.raises(ValueError, match="a link lasts"):
            store.presign_put(new_key(SALON), content_type="a/b", size=1, lasting=lasting)


@pytest.mark.parametrize("content_type", ["", "text", "text/", "a/b\r\nX: y", "A/b c", "a/b; c=d"])
def test_a_type_is_a_type(tmp_path, content_type: str) -> None:
    """Nothing else gets into a header."""
    for store in (bucket(), Folder(tmp_path)):
        with pytest.raises(ValueError, match="is not a content type"):
            store.presign_put(new_key(SALON), content_type=content_type, size=1)
