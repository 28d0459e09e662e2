"""HTTP/1.1 as uvicorn speaks it, with our own answer to bytes that are no HTTP request."""

from uuid import uuid4

import structlog
from starlette.exceptions import HTTPException
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from taskapi.errors import render

log = structlog.get_logger("taskapi.protocol")


class HttpProtocol(HttpToolsProtocol):
    """Answers what its parser refuses in the one error shape.

    There is no request yet, so neither the application nor its middleware can answer: a method
    that llhttp does not know, a target that is not ASCII, two lengths, a folded header.
    """

    def send_400_response(self, msg: str) -> None:
        """Sends the 400 and closes: where the next request would begin is unknown."""
        request_id = str(uuid4())
        log.info("malformed_request", request_id=request_id)
        body = render({"request_id": request_id}, HTTPException(400)).body
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            "content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\n"
            "x-content-type-options: nosniff\r\n"
            "cache-control: no-store\r\n"
            "vary: Origin\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + bytes(body))
        self.transport.close()
