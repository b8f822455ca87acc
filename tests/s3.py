"""A real S3 server for tests: it checks signatures, expiry, lengths and types. Installed by pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.postgres import free_port

ACCESS, SECRET, BUCKET = "testaccesskey", "testsecretkey123", "regulars"


@contextmanager
def s3_server(*, origins: str = "*") -> Iterator[str]:
    """Run JuiceFS's gateway on a folder of its own meanwhile; its address."""
    home = Path(tempfile.mkdtemp(prefix="regulars-s3-", dir="/tmp"))
    program = Path(sys.executable).parent / "juicefs"
    volume = f"sqlite3://{home}/volume.db"
    variables = {
        **os.environ,
        "HOME": str(home),
        "MINIO_ROOT_USER": ACCESS,
        "MINIO_ROOT_PASSWORD": SECRET,
        "MINIO_API_CORS_ALLOW_ORIGIN": origins,
        "MINIO_BROWSER": "off",
    }
    with (home / "log").open("ab") as log:
        subprocess.run(
            [program, "format", "--storage", "file", "--bucket", f"{home}/files/",
             "--trash-days", "0", volume, "test"],
            check=True, env=variables, stdout=log, stderr=log,
        )  # fmt: skip
        port = free_port()
        process = subprocess.Popen(
            [program, "gateway", "--multi-buckets", "--keep-etag", "--object-meta", "--no-banner",
             "--no-usage-report", "--backup-meta", "0", "--buffer-size", "64M",
             "--log", home / "gateway.log", volume, f"127.0.0.1:{port}"],
            env=variables, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(process, url, home / "log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the S3 server did not start: {log.read_text()}")
        with suppress(OSError):
            urllib.request.urlopen(f"{url}/minio/health/ready", timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError("the S3 server is not ready")
