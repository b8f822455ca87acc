"""Why a link to a file is turned away, in words for programs and for people."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from schema.serving.refusals import Header


class FileRefused(Exception):
    """A request that is turned away: what is wrong, and what would help."""

    status = HTTPStatus.FORBIDDEN
    code = "FILE_LINK_INVALID"
    message = "This link is not one of ours, or was changed."
    remedy = "Ask for the file again, and use the link as it is."
    headers: tuple[Header, ...] = ()

    def body(self) -> bytes:
        """Say it in JSON."""
        return orjson.dumps({"code": self.code, "message": self.message, "remedy": self.remedy})


class Expired(FileRefused):
    """The link was good once."""

    code = "FILE_LINK_EXPIRED"
    message = "This link has expired."
    remedy = "Ask for a new one."


class Missing(FileRefused):
    """Nothing is there."""

    status = HTTPStatus.NOT_FOUND
    code = "FILE_MISSING"
    message = "There is no such file, or not any more."
    remedy = "Ask for the file again; it may have been deleted."


class MethodWrong(FileRefused):
    """Neither a read nor an upload."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "FILE_METHOD_INVALID"
    message = "Files are read with GET or HEAD and uploaded with PUT."
    remedy = "Use the method the link was made for."
    headers = ((b"allow", b"GET, HEAD, PUT"),)


class LengthMissing(FileRefused):
    """Nobody said how much would come."""

    status = HTTPStatus.LENGTH_REQUIRED
    code = "FILE_LENGTH_REQUIRED"
    message = "An upload says how long it is."
    remedy = "Send a Content-Length instead of chunks."


class LengthWrong(FileRefused):
    """Fewer bytes than were announced."""

    status = HTTPStatus.BAD_REQUEST
    code = "FILE_LENGTH_INVALID"
    message = "The upload is shorter than was announced."
    remedy = "Send exactly as many bytes as were announced, or announce the upload again."


class TooLong(FileRefused):
    """More bytes than were announced."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "FILE_TOO_LARGE"
    message = "The upload is longer than was announced."
    remedy = "Send exactly as many bytes as were announced, or announce the upload again."


class TypeWrong(FileRefused):
    """Another type than was announced."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "FILE_TYPE_INVALID"
    message = "The upload is of another type than was announced."
    remedy = "Send the Content-Type that was announced, or announce the upload again."


class OutOfRange(FileRefused):
    """The file is shorter than that."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "FILE_RANGE_INVALID"
    message = "The file does not have these bytes."
    remedy = "Ask for bytes the file has; its length is in Content-Range."


class TooSlow(FileRefused):
    """Nothing came for a while."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "FILE_UPLOAD_STALLED"
    message = "Nothing came for too long."
    remedy = "Send the upload again, over a better connection."


class Unavailable(FileRefused):
    """The disk will not."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "FILE_STORE_UNAVAILABLE"
    message = "Files cannot be reached at the moment."
    remedy = "Try again a little later."
    headers = ((b"retry-after", b"10"),)
