"""Authorization values that no gate may take, ASGI or WSGI."""

from contract.mint import HEADER, mint
from contract.vector_builder import CLAIMS, SINGLE

GOOD = mint(HEADER, CLAIMS, SINGLE)

NO_BEARER_TOKEN = [
    b"",
    b" ",
    b"Bearer",
    b"Bearer ",
    b"Bearer    ",
    b"Basic dXNlcjpwYXNz",
    b"Digest x",
    b"Token " + GOOD.encode(),
    b"JWT " + GOOD.encode(),
    b"DPoP " + GOOD.encode(),
    GOOD.encode(),
    b"Bearer:" + GOOD.encode(),
    b"Bearer" + GOOD.encode(),
    b" Bearer " + GOOD.encode(),
    b"Bearer\t" + GOOD.encode(),
    b"\xe2\x80\x8bBearer " + GOOD.encode(),
    b"Basic x, Bearer " + GOOD.encode(),
]

NOT_A_TOKEN = [
    b"Bearer " + GOOD.encode() + b", Bearer " + GOOD.encode(),
    b"Bearer " + GOOD.encode() + b"," + GOOD.encode(),
    b"Bearer " + GOOD.encode() + b" " + GOOD.encode(),
    b"Bearer \t" + GOOD.encode(),
    b"Bearer Bearer " + GOOD.encode(),
    b'Bearer "' + GOOD.encode() + b'"',
    b"Bearer token=" + GOOD.encode(),
    b"Bearer " + GOOD.encode() + b"\0",
    b"Bearer " + GOOD.encode() + b"\r\nx: y",
    b"Bearer " + GOOD.encode() + b"\xff",
    b"Bearer \xff\xfe",
    "Bearer été".encode("latin-1"),
    b"Bearer " + GOOD.encode("utf-16-le"),
    b"Bearer null",
    b"Bearer undefined",
    b"Bearer [object Object]",
    b"Bearer " + b"x" * 100_000,
]
