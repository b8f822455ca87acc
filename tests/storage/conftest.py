"""Storage's tests run without any module: storage knows none."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_s3.client import S3Client

from storage.s3 import client_of
from storage.settings import Settings
from tests.s3 import ACCESS, BUCKET, SECRET


@pytest.fixture
def enabled() -> list[str]:
    """No module."""
    return []


@pytest.fixture(scope="session")
def client(s3_url: str) -> S3Client:
    """What talks to a bucket of the real S3 server."""
    made = client_of(in_bucket(s3_url))
    made.create_bucket(Bucket=BUCKET)
    return made


def set_to(**given: Any) -> Settings:
    """Settings where the database does not matter."""
    return Settings.load(_env_file=None, database_url="postgresql://nowhere", **given)


def in_bucket(url: str, **given: str) -> Settings:
    """The settings of a deployment with a bucket."""
    access = {"s3_access_key_id": ACCESS, "s3_secret_access_key": SECRET}
    return set_to(**{"s3_bucket": BUCKET, "s3_endpoint_url": url, **access, **given})
