"""Links to a bucket, signed with botocore's own signer, the same for everybody for a while."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.utils import percent_encode

REMEMBERED = 20_000
"""Links that need not be signed again; about half a kilobyte each."""


class Presigner:
    """Signs links to read. A link that was signed before costs nothing to give again."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._credentials = client._request_signer._credentials.get_frozen_credentials()  # noqa: SLF001 - the client alone knows them
        self._region = client.meta.region_name
        probe = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        self._base = probe.partition("?")[0][:-1]  # the client decides where the bucket's name goes
        self._signed = lru_cache(REMEMBERED)(self._sign)

    def url(self, key: str, disposition: str, lasting: int) -> str:
        """Give the link of the span of time we are in; it outlasts the span by its own length."""
        return self._signed(key, disposition, lasting, int(time.time()) // lasting * lasting)

    def _sign(self, key: str, disposition: str, lasting: int, start: int) -> str:
        signer: Any = S3SigV4QueryAuth(self._credentials, "s3", self._region, expires=2 * lasting)
        request = AWSRequest(
            "GET", self._base + percent_encode(key, safe="/~"), params=_wanted(disposition, lasting)
        )
        request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(start))
        # The steps of SigV4Auth.add_auth, which signs for this very second only.
        signer._modify_request_before_signing(request)  # noqa: SLF001 - see above
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        signer._inject_signature_to_request(request, signature)  # noqa: SLF001 - see above
        return str(request.url)


def _wanted(disposition: str, lasting: int) -> Mapping[str, str]:
    return {
        "response-cache-control": f"private, max-age={lasting}",
        "response-content-disposition": disposition,
    }
